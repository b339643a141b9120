/** A spool as a table of DuckDB. */

import { quoteName, quoteText, type Database } from '../../data/duckdb-store.ts'
import type { LogKind } from './log-folder.ts'

/** A query for the rows of a spool, in the columns of the log. */
export interface SpoolTable {
  /** Without WHERE and ORDER BY: they may follow. */
  readonly select: string
  readonly rows: number
  /** Lines that hold no row. */
  readonly tornLines: number
  /** Days in UTC on which the rows were written: '2026-01-31'. */
  readonly dates: readonly string[]
}

/** Columns of every row besides those of the model. */
export const rowColumns = {
  id: 'VARCHAR',
  time: 'BIGINT',
  request_id: 'VARCHAR',
  trace_id: 'VARCHAR',
  protocol: 'VARCHAR',
  model: 'VARCHAR',
  version: 'VARCHAR',
  digest: 'VARCHAR',
  arm: 'VARCHAR',
  score: 'DOUBLE',
  prediction: 'DOUBLE',
  latency_us: 'DOUBLE',
} as const

/** Columns of every label. */
export const labelColumns = { id: 'VARCHAR', label: 'DOUBLE', time: 'BIGINT' } as const

/**
 * Reads a spool. What is not whole, such as the last line of a process that was killed, is counted and left out.
 * An input is the column `input.<field>`, a number or a text, a hashed one `hashed.<field>`, of several classes `probability.<class>`; DuckDB has one column for names that differ in case only, and calls
 * the second `input.<field>_1`.
 */
export async function selectSpool(
  database: Database,
  path: string,
  kind: LogKind,
): Promise<SpoolTable> {
  const own = kind === 'predictions' ? rowColumns : labelColumns
  const members = { ...own, ...(kind === 'predictions' && mapColumns) }
  const types = Object.entries(members).map(([name, type]) => `${name}: ${quoteText(type)}`)
  const lines = `read_json(${quoteText(path)}, format = 'newline_delimited', ignore_errors = true, columns = {${types.join(', ')}})`
  const whole = `${lines} WHERE id IS NOT NULL AND time IS NOT NULL`
  const [counts] = await database.query(
    `SELECT count(*) AS lines, count(*) FILTER (WHERE id IS NOT NULL AND time IS NOT NULL) AS rows FROM ${lines}`,
  )
  const rows = Number(counts?.['rows'] ?? 0)
  const dates = await database.query(
    `SELECT DISTINCT strftime(epoch_ms(time), '%Y-%m-%d') AS date FROM ${whole} ORDER BY date`,
  )
  const fields = kind === 'predictions' ? await selectFields(database, whole) : []
  const columns = [...Object.keys(own), ...fields]
  return {
    select: `SELECT * FROM (SELECT ${columns.join(', ')} FROM ${whole})`,
    rows,
    tornLines: Number(counts?.['lines'] ?? 0) - rows,
    dates: dates.map(({ date }) => String(date)),
  }
}

const mapColumns = {
  probabilities: 'MAP(VARCHAR, DOUBLE)',
  inputs: 'MAP(VARCHAR, DOUBLE)',
  texts: 'MAP(VARCHAR, VARCHAR)',
  hashed: 'MAP(VARCHAR, VARCHAR)',
} as const

/** Each field of each model of the spool, in the order in which they first come. */
async function selectFields(database: Database, whole: string): Promise<readonly string[]> {
  const fields: string[] = []
  for (const [member, prefix] of [
    ['probabilities', 'probability'],
    ['inputs', 'input'],
    ['texts', 'input'],
    ['hashed', 'hashed'],
  ] as const) {
    const lists = await database.query(
      `SELECT to_json(map_keys(${member})) AS names, min(time) AS first FROM ${whole} AND ${member} IS NOT NULL GROUP BY ALL ORDER BY first, names`,
    )
    const names = new Set(lists.flatMap(({ names: list }) => parseNames(String(list))))
    for (const name of names) {
      fields.push(`${member}[${quoteText(name)}] AS ${quoteName(`${prefix}.${name}`)}`)
    }
  }
  return fields
}

function parseNames(text: string): readonly string[] {
  const names: unknown = JSON.parse(text)
  return Array.isArray(names) ? names.map(String) : []
}
