import type { Cell } from '../duckdb-store.ts'
import { shownValueOf, valueOf, type Column } from '../table/column.ts'
import type { Suspicion } from './training-check.ts'
import type { TrainingTable } from './training-table.ts'
import { pluralize } from '../../core/format-number.ts'

/** Keys that name more than one row, and rows whose key is missing. */
export async function findDuplicateKeys(training: TrainingTable): Promise<readonly Suspicion[]> {
  const { database, table, keys, rows } = training
  if (keys.length === 0) return []
  const columns = keys.map(({ column }) => column)
  const isMissing = columns.map((column) => `${valueOf(column)} IS NULL`).join(' OR ')
  const key = columns.map(valueOf)
  const [row] = await database.query(
    `SELECT count(*) FILTER (${isMissing}) AS missing,
       count(DISTINCT row(${key.join(', ')})) FILTER (NOT (${isMissing})) AS distinct_keys
     FROM ${table.relation}`,
  )
  const missing = Number(row?.['missing'])
  const names = columns.map((column) => column.name)
  const found: Suspicion[] = []
  if (missing > 0) {
    found.push({
      check: 'duplicate_keys',
      columns: names,
      numbers: { missing },
      message: `${listNames(names)} is missing in ${countRows(missing)}, so nothing names ${missing === 1 ? 'it' : 'them'}`,
      hint: 'fill in the key, or leave the rows out',
    })
  }
  if (rows - missing > Number(row?.['distinct_keys'])) {
    found.push(await describeDuplicates(training, columns, `NOT (${isMissing})`))
  }
  return found
}

async function describeDuplicates(
  { database, table }: TrainingTable,
  columns: readonly Column[],
  where: string,
): Promise<Suspicion> {
  const keys = columns.map((column, i) => `${valueOf(column)} AS k${i}`)
  const shown = columns.map((column, i) => `${shownValueOf(column)} AS s${i}`)
  const repeated = await database.query(
    `SELECT *, count(*) OVER () AS keys, CAST(sum(n) OVER () AS BIGINT) AS all_rows FROM (
       SELECT ${columns.map((_, i) => `any_value(s${i}) AS s${i}`).join(', ')},
         count(*) AS n, min(p) AS first
       FROM (SELECT row_number() OVER () AS p, (${where}) AS is_given, ${[...keys, ...shown].join(', ')}
             FROM ${table.relation})
       WHERE is_given GROUP BY ${columns.map((_, i) => `k${i}`).join(', ')} HAVING count(*) > 1)
     ORDER BY first LIMIT 5`,
  )
  const names = columns.map((column) => column.name)
  const distinct = Number(repeated[0]?.['keys'])
  const rows = Number(repeated[0]?.['all_rows'])
  const examples = repeated
    .map(
      (row) =>
        `${columns.map((_, i) => showCell(row[`s${i}`])).join(', ')} (${String(row['n'])} rows)`,
    )
    .join('; ')
  return {
    check: 'duplicate_keys',
    columns: names,
    numbers: { keys: distinct, rows },
    message: `${listNames(names)} has ${distinct === 1 ? 'a value' : `${distinct} values`} that more than one row has, ${rows} rows in all: ${examples}`,
    hint: 'keep one row of each key, or name the columns that together are unique',
  }
}

/** Column names for a sentence. */
export function listNames(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ')
}

/** '1 row', '3 rows'. */
export function countRows(rows: number): string {
  return `${rows} ${pluralize(rows, 'row')}`
}

/** At most 40 characters of a value. */
export function showCell(cell: Cell | undefined): string {
  const text = typeof cell === 'string' ? `'${cell}'` : String(cell ?? null)
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}
