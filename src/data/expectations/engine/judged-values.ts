/** Judges texts outside of the database, where SQL cannot tell. */

import { ToolkitError } from '../../../core/errors.ts'
import { cutText } from '../../../core/format-number.ts'
import { type Database, quoteName } from '../../duckdb-store.ts'
import { runWithinTime } from './time-limit-process.ts'

/**
 * Judges each distinct value once and puts those that are not as expected in a
 * temporary table with one column, `value`.
 *
 * @param select - gives the distinct values in a column `value`
 * @returns the table's name
 * @throws {ToolkitError} `DATA_CHECK_FAILED` when judging takes too long
 */
export async function createJudgedTable(
  database: Database,
  select: string,
  isExpected: (value: string) => boolean,
): Promise<string> {
  const rows = await database.query(`SELECT value FROM (${select}) WHERE value IS NOT NULL`)
  const bad = findUnexpected(
    rows.map((row) => String(row['value'])),
    isExpected,
  )
  const [row] = await database.query(
    `SELECT count(*) AS tables FROM duckdb_tables() WHERE starts_with(table_name, 'judged ')`,
  )
  const name = `judged ${Number(row?.['tables'])}`
  await database.run(`CREATE TEMP TABLE ${quoteName(name)} (value VARCHAR)`)
  for (let start = 0; start < bad.length; start += chunkSize) {
    const chunk = bad.slice(start, start + chunkSize)
    await database.run(
      `INSERT INTO ${quoteName(name)} VALUES ${chunk.map(() => '(?)').join(', ')}`,
      chunk,
    )
  }
  return name
}

const chunkSize = 1000

/** A thousand values are judged in milliseconds, unless a regular expression backtracks without end. */
const chunkTimeMs = 10_000

function findUnexpected(
  values: readonly string[],
  isExpected: (value: string) => boolean,
): string[] {
  const found: string[] = []
  for (let start = 0; start < values.length; start += chunkSize) {
    found.push(...judgeChunk(values.slice(start, start + chunkSize), isExpected))
  }
  return found
}

function judgeChunk(values: readonly string[], isExpected: (value: string) => boolean): string[] {
  let current = ''
  const judge = (): string[] =>
    values.filter((value) => {
      current = value
      return !isExpected(value)
    })
  const judged = runWithinTime(judge, chunkTimeMs)
  if (judged !== undefined) return judged.value
  throw new ToolkitError(
    'DATA_CHECK_FAILED',
    `judging took more than ${chunkTimeMs / 1000} seconds at the value '${cutText(current, 80)}'`,
    { hint: 'write the regular expression without nested quantifiers' },
  )
}
