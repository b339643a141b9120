/** Facts as they come, as SQL: checked, typed, one a moment. */

import { ToolkitError } from '../../core/errors.ts'
import type { ModelField } from '../../core/schema.ts'
import { nameHint } from '../../core/nearest.ts'
import { type Database, quoteName } from '../duckdb-store.ts'
import { storageType } from '../schema/violation-sql.ts'
import { type Column, type ColumnFamily, momentOf, type Table } from '../table/column.ts'
import { columnsOf, type FeatureView, keysOf } from './feature-view.ts'

/** A column of the view with where its values come from. */
interface Wanted {
  readonly name: string
  readonly column: Column
  readonly type: string
  /** Families of columns whose values it takes. */
  readonly families: readonly ColumnFamily[]
  readonly isNullable: boolean
}

/**
 * The facts of a table as a query with the view's columns and types. Of rows that say something of the same entity
 * and moments, the last one stands.
 *
 * @throws {ToolkitError} `DATA_COLUMN_MISSING`, `DATA_CELL_INVALID`; each names all columns at once
 */
export async function selectFacts(
  database: Database,
  view: FeatureView,
  table: Table,
): Promise<string> {
  const wanted = findColumns(view, table)
  checkFamilies(view, wanted)
  await checkValues(database, view, { table, wanted })
  const columns = wanted.map((one) => `${castTo(one.type, one.column)} AS ${quoteName(one.name)}`)
  const keys = keysOf(view).map(quoteName)
  return `SELECT * EXCLUDE ("#row") FROM (
      SELECT row_number() OVER () AS "#row", ${columns.join(', ')} FROM ${table.relation}
    ) QUALIFY row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY "#row" DESC) = 1`
}

function findColumns(view: FeatureView, { columns }: Table): Wanted[] {
  const missing: string[] = []
  const find = (name: string, rest: Omit<Wanted, 'name' | 'column'>): Wanted[] => {
    const column = columns.find((one) => one.name === name)
    if (column === undefined) missing.push(name)
    return column === undefined ? [] : [{ name, column, ...rest }]
  }
  const moment = { type: 'TIMESTAMP', families: ['time'] as const }
  const wanted = [
    ...Object.entries(view.entities).flatMap(([name, field]) =>
      find(name, { ...storageOf(field), isNullable: false }),
    ),
    ...find(view.timestamp, { ...moment, isNullable: false }),
    ...(view.created === undefined ? [] : find(view.created, { ...moment, isNullable: true })),
    ...Object.entries(view.features).flatMap(([name, field]) =>
      find(name, { ...storageOf(field), isNullable: true }),
    ),
  ]
  if (missing.length === 0) return wanted
  const names = columns.map((column) => column.name)
  throw new ToolkitError(
    'DATA_COLUMN_MISSING',
    `feature view '${view.name}': the facts lack ${missing.map((name) => `'${name}'`).join(', ')}`,
    { hint: missing.map((name) => nameHint(name, names, 'columns')).join('; ') },
  )
}

/** How values of a field are stored. */
export function storageOf(field: ModelField): Pick<Wanted, 'type' | 'families'> {
  if (field.type === 'boolean') return { type: 'BOOLEAN', families: ['boolean', 'number'] }
  return { type: storageType(field), families: ['number'] }
}

function checkFamilies(view: FeatureView, wanted: readonly Wanted[]): void {
  const problems = wanted
    .filter(({ families, column }) => !families.includes(column.family))
    .map(
      ({ name, column, families }) =>
        `'${name}' is ${column.type}, and the view needs ${families.join(' or ')}`,
    )
  if (problems.length > 0) throw invalid(view, problems)
}

function invalid(view: FeatureView, problems: readonly string[]): ToolkitError {
  return new ToolkitError(
    'DATA_CELL_INVALID',
    `feature view '${view.name}': ${problems.join('; ')}`,
  )
}

/** In one statement over the table: keys and moments that are missing, values that a cast would change. */
async function checkValues(
  database: Database,
  view: FeatureView,
  { table, wanted }: { readonly table: Table; readonly wanted: readonly Wanted[] },
): Promise<void> {
  const counts = wanted.flatMap((one, i) => [
    `count_if(${quoteName(one.name)} IS NULL) AS "null${i}"`,
    `count_if(${isChanged(one)}) AS "changed${i}"`,
    `CAST(min(${quoteName(one.name)}) FILTER (${isChanged(one)}) AS VARCHAR) AS "example${i}"`,
  ])
  const [found] = await database.query(`SELECT ${counts.join(', ')} FROM ${table.relation}`)
  const problems = wanted.flatMap(({ name, type, isNullable }, i) => {
    const nulls = Number(found?.[`null${i}`] ?? 0)
    const changed = Number(found?.[`changed${i}`] ?? 0)
    return [
      ...(isNullable || nulls === 0 ? [] : [`'${name}' is missing in ${nulls} rows`]),
      ...(changed === 0
        ? []
        : [
            `'${name}' has ${changed} values that are no ${type}, such as ${found?.[`example${i}`]}`,
          ]),
    ]
  })
  if (problems.length > 0) throw invalid(view, problems)
}

/** Whether the cast would give another value: 1.5 as an integer, 2 as a boolean, a moment without end. */
function isChanged({ column, type }: Wanted): string {
  const value = quoteName(column.name)
  if (type === 'TIMESTAMP') return `NOT isfinite(${value}) OR year(${value}) NOT BETWEEN 1 AND 9999`
  if (type === 'DOUBLE') return 'false'
  const there =
    column.type === 'DOUBLE' || column.type === 'FLOAT'
      ? `${value} IS NOT NULL AND NOT isnan(${value})`
      : `${value} IS NOT NULL`
  if (type === 'BOOLEAN') {
    return column.family === 'boolean' ? 'false' : `${there} AND ${value} NOT IN (0, 1)`
  }
  return `${there} AND TRY_CAST(${value} AS ${type}) IS DISTINCT FROM ${value}`
}

function castTo(type: string, column: Column): string {
  const value = quoteName(column.name)
  if (type === 'TIMESTAMP') return momentOf(column)
  if (column.type === 'DOUBLE' || column.type === 'FLOAT') {
    return `CAST(nullif(${value}, 'NaN'::${column.type}) AS ${type})`
  }
  return `CAST(${value} AS ${type})`
}

/** The columns of a view's facts with their stored types. */
export function storageOfView(
  view: FeatureView,
): { readonly name: string; readonly type: string }[] {
  const fields = new Map([...Object.entries(view.entities), ...Object.entries(view.features)])
  return columnsOf(view).map((name) => {
    const field = fields.get(name)
    return { name, type: field === undefined ? 'TIMESTAMP' : storageOf(field).type }
  })
}
