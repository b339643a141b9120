import { describeField, describeInputViolation } from '../../core/schema.ts'
import type { Field } from '../../core/schema.ts'
import { quoteText, type Database } from '../duckdb-store.ts'
import {
  holdsNumbers,
  isBlankSql,
  isMissingSql,
  isStorableSql,
  violationSql,
} from './violation-sql.ts'

/** A column to hold against its field. */
export interface CheckedColumn {
  readonly name: string
  readonly field: Field
  /** SQL of the cell as it was written, VARCHAR; blank or null where it is missing. */
  readonly text: string
  /** SQL of the cell's value in the field's `valueType`; null where the text is none. */
  readonly value: string
  /** Whether models take the column, in 32-bit floats. */
  readonly isModelInput: boolean
}

/** The cells of a table that do not fit the schema. */
export interface Misfits {
  readonly total: number
  /** Those that no column of the field's type could hold unchanged. */
  readonly unstorable: number
  /** By column, in the order of the schema; only columns that have any. */
  readonly counts: ReadonlyMap<string, number>
  /** The first in the order of the rows. */
  readonly examples: readonly Misfit[]
}

export interface Misfit {
  /** As the relation's column `place` has it. */
  readonly place: string
  readonly name: string
  /** The cell as it was written, `undefined` where it is missing. */
  readonly text: string | undefined
  /** What the field admits, in words. */
  readonly expected: string
}

const exampleLimit = 20

/**
 * Holds every column against its field: one statement over the table, and a
 * second for examples only where something does not fit.
 *
 * @param options.relation - SQL for FROM
 * @param options.order - SQL that orders its rows
 * @param options.place - SQL of the text that tells where a row stands
 */
export async function findMisfits(
  database: Database,
  options: {
    readonly relation: string
    readonly order: string
    readonly place: string
    readonly columns: readonly CheckedColumn[]
  },
): Promise<Misfits> {
  const { relation, columns } = options
  const cells = columns.map(({ text, value }, i) => `${text} AS t${i}, ${value} AS v${i}`)
  const table = `(SELECT ${options.order} AS r, ${options.place} AS p, ${cells.join(', ')} FROM ${relation})`
  const counted = await countMisfits(database, table, columns)
  const counts = new Map(
    columns.flatMap(({ name }, i) =>
      counted[i]!.misfits === 0 ? [] : [[name, counted[i]!.misfits]],
    ),
  )
  return {
    total: counted.reduce((sum, { misfits }) => sum + misfits, 0),
    unstorable: counted.reduce((sum, { unstorable }) => sum + unstorable, 0),
    counts,
    examples: counts.size === 0 ? [] : await readExamples(database, table, { columns, counts }),
  }
}

async function countMisfits(
  database: Database,
  table: string,
  columns: readonly CheckedColumn[],
): Promise<{ misfits: number; unstorable: number }[]> {
  const counters = columns.map(
    (column, i) =>
      `count(*) FILTER (${misfitSql(column, i)}) AS c${i}, count(*) FILTER (${unstorableSql(column, i)}) AS u${i}`,
  )
  const [counted] = await database.query(`SELECT ${counters.join(', ')} FROM ${table}`)
  return columns.map((_, i) => ({
    misfits: Number(counted?.[`c${i}`]),
    unstorable: Number(counted?.[`u${i}`]),
  }))
}

/** Of the cells of column `i`: `t` is the text, `v` the value. */
function misfitSql({ field, isModelInput }: CheckedColumn, i: number): string {
  return `${isUnreadSql(i)} OR ${violationSql(field, `v${i}`, isModelInput)}`
}

function unstorableSql({ field }: CheckedColumn, i: number): string {
  return `${isUnreadSql(i)} OR NOT (${isMissingSql(field, `v${i}`)} OR ${isStorableSql(field, `v${i}`)})`
}

function isUnreadSql(i: number): string {
  return `(v${i} IS NULL AND NOT ${isBlankSql(`coalesce(t${i}, '')`)})`
}

async function readExamples(
  database: Database,
  table: string,
  { columns, counts }: { columns: readonly CheckedColumn[]; counts: ReadonlyMap<string, number> },
): Promise<Misfit[]> {
  const parts = columns.flatMap((column, i) =>
    counts.has(column.name)
      ? [
          `(SELECT r, p, ${i} AS i, left(t${i}, ${textLimit + 1}) AS text, ${holdsNumbers(column.field) ? `v${i}` : 'CAST(NULL AS DOUBLE)'} AS value FROM ${table}
            WHERE ${misfitSql(column, i)} ORDER BY r LIMIT ${exampleLimit})`,
        ]
      : [],
  )
  const rows = await database.query(
    `SELECT p, i, text, value FROM (${parts.join(' UNION ALL ')}) ORDER BY r, i LIMIT ${exampleLimit}`,
  )
  return rows.map(({ p, i, text, value }) => {
    const column = columns[Number(i)]!
    const written = typeof text === 'string' && text.trim() !== '' ? shorten(text) : undefined
    return { place: String(p), name: column.name, text: written, expected: expect(column, value) }
  })
}

const textLimit = 80

function shorten(text: string): string {
  return text.length > textLimit ? `${text.slice(0, textLimit)}…` : text
}

function expect({ field, isModelInput }: CheckedColumn, value: unknown): string {
  const violation =
    isModelInput && holdsNumbers(field) && typeof value === 'number'
      ? describeInputViolation(field, value)
      : undefined
  return violation?.replace(/^expected /, '') ?? describeField(field)
}

/** The SQL of the place of a row of a text file, as file:line. */
export function linePlaceSql(file: string, line: string): string {
  return `${quoteText(`${file}:`)} || CAST(${line} AS VARCHAR)`
}
