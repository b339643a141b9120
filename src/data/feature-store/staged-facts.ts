/** Facts as they come, as SQL: checked, typed, one a moment. */

import { pluralize } from '../../core/format-number.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Field } from '../../core/schema.ts'
import { nameHint } from '../../core/nearest.ts'
import { type Database, quoteName } from '../duckdb-store.ts'
import { batchColumns } from '../profile/column-batches.ts'
import type { SchemaPolicy } from '../schema/check-misfits.ts'
import { isAdmittedSql, isBlankSql } from '../schema/violation-sql.ts'
import {
  type Column,
  type ColumnFamily,
  isIntegerType,
  momentOf,
  type Table,
  valueOf,
} from '../table/column.ts'
import { columnsOf, type FeatureView, keysOf } from './feature-view.ts'
import { storageOf } from './field-storage.ts'
import { isExactDouble, toMilliseconds } from './key-sql.ts'
import { isBeyondYears } from './moment-sql.ts'

/** A column of the view with where its values come from. */
interface Wanted {
  readonly name: string
  readonly column: Column
  readonly type: string
  /** Families of columns whose values it takes. */
  readonly families: readonly ColumnFamily[]
  readonly isNullable: boolean
  /** What its values have to fulfil beside their type; none for moments. */
  readonly field?: Field
}

/**
 * The facts of a table as a query with the view's columns and types. Of rows that say something of the same entity
 * and moments, the last one stands.
 *
 * @param policy - of values beyond the bounds and levels of their fields: 'warn' lets them in, for a table whose
 *   schema was checked with that policy
 * @throws {ToolkitError} `DATA_COLUMN_MISSING`, `DATA_CELL_INVALID`; each names all columns at once
 */
export async function selectFacts(
  database: Database,
  view: FeatureView,
  { table, policy }: { readonly table: Table; readonly policy: SchemaPolicy },
): Promise<string> {
  const wanted = findColumns(view, table)
  // A header alone says nothing of types, and there is nothing to be wrong.
  if (wanted.some(({ column }) => column.isUntyped === true)) return selectNothing(wanted)
  checkFamilies(view, wanted)
  const problems = await findProblems(database, table, wanted)
  const grave = policy === 'error' ? [...problems.types, ...problems.bounds] : problems.types
  if (grave.length > 0) throw invalid(view, grave)
  const columns = wanted.map((one) => `${storedOf(one)} AS ${quoteName(one.name)}`)
  const keys = keysOf(view).map(quoteName)
  return `SELECT * EXCLUDE ("#row") FROM (
      SELECT row_number() OVER () AS "#row", ${columns.join(', ')} FROM ${table.relation}
    ) QUALIFY row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY "#row" DESC) = 1`
}

function selectNothing(wanted: readonly Wanted[]): string {
  const columns = wanted.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoteName(name)}`)
  return `SELECT ${columns.join(', ')} WHERE false`
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
      find(name, { ...storageOf(field), field, isNullable: false }),
    ),
    ...find(view.timestamp, { ...moment, isNullable: false }),
    ...(view.created === undefined ? [] : find(view.created, { ...moment, isNullable: true })),
    ...Object.entries(view.features).flatMap(([name, field]) =>
      find(name, { ...storageOf(field), field, isNullable: true }),
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

/** In few statements over the table: keys and moments that are missing, values that a cast would change, and those beyond what their field admits. */
async function findProblems(
  database: Database,
  table: Table,
  wanted: readonly Wanted[],
): Promise<{ readonly types: readonly string[]; readonly bounds: readonly string[] }> {
  const found: Awaited<ReturnType<typeof findSomeProblems>>[] = []
  // DuckDB takes quadratic time to plan a statement of many aggregates: a thousand columns in one took most of a minute.
  for (const batch of batchColumns(wanted, 1)) {
    found.push(await findSomeProblems(database, table, batch))
  }
  return {
    types: found.flatMap(({ types }) => types),
    bounds: found.flatMap(({ bounds }) => bounds),
  }
}

async function findSomeProblems(
  database: Database,
  table: Table,
  wanted: readonly Wanted[],
): Promise<{ readonly types: readonly string[]; readonly bounds: readonly string[] }> {
  const counts = wanted.flatMap((one, i) => [
    `count_if(NOT (${isThere(one.column)})) AS "null${i}"`,
    ...countOf(one, `changed${i}`, isChanged(one)),
    ...countOf(one, `beyond${i}`, isBeyond(one)),
  ])
  const [found] = await database.query(`SELECT ${counts.join(', ')} FROM ${table.relation}`)
  const counted = (name: string, tell: (count: number) => string, end = ''): string[] => {
    const count = Number(found?.[name] ?? 0)
    return count === 0 ? [] : [`${tell(count)}${end}`]
  }
  const example = (name: string): string => `, such as ${found?.[`${name} example`]}`
  return {
    types: wanted.flatMap(({ name, type, isNullable }, i) => [
      ...(isNullable
        ? []
        : counted(
            `null${i}`,
            (rows) => `'${name}' is missing in ${rows} ${pluralize(rows, 'row')}`,
          )),
      ...counted(
        `changed${i}`,
        (count) =>
          `'${name}' has ${count === 1 ? '1 value that is' : `${count} values that are`} no ${type}`,
        example(`changed${i}`),
      ),
    ]),
    bounds: wanted.flatMap(({ name }, i) =>
      counted(
        `beyond${i}`,
        (count) =>
          `'${name}' has ${count} ${pluralize(count, 'value')} that its field does not admit`,
        example(`beyond${i}`),
      ),
    ),
  }
}

function countOf({ name }: Wanted, as: string, condition: string): string[] {
  if (condition === 'false') return []
  return [
    `count_if(${condition}) AS "${as}"`,
    `CAST(min(${quoteName(name)}) FILTER (${condition}) AS VARCHAR) AS "${as} example"`,
  ]
}

/** Whether a value that is there lies beyond the bounds or levels of its field. */
function isBeyond({ column, field, type }: Wanted): string {
  if (field === undefined || type === 'BOOLEAN') return 'false'
  const value = quoteName(column.name)
  const admitted = isAdmittedSql(field, value)
  return admitted.length === 0 ? 'false' : `${isThere(column)} AND NOT (${admitted.join(' AND ')})`
}

function isThere(column: Column): string {
  const value = quoteName(column.name)
  // Text of nothing but white space is missing, as it is everywhere.
  if (column.family === 'text') return `(${value} IS NOT NULL AND NOT ${isBlankSql(value)})`
  return column.type === 'DOUBLE' || column.type === 'FLOAT'
    ? `${value} IS NOT NULL AND NOT isnan(${value})`
    : `${value} IS NOT NULL`
}

/** Whether the cast would give another value: 1.5 as an integer, 2 as a boolean, a moment without end. */
function isChanged({ column, type, isNullable }: Wanted): string {
  const value = quoteName(column.name)
  if (type === 'TIMESTAMP') return isBeyondYears(column)
  if (type === 'DATE')
    return `${isBeyondYears(column)} OR CAST(${value} AS DATE) IS DISTINCT FROM ${value}`
  // Of two things with numbers that are one as doubles, one would be lost.
  if (type === 'DOUBLE' && !isNullable && isIntegerType(column.type)) {
    return `${isThere(column)} AND NOT (${isExactDouble(value)})`
  }
  if (type === 'DOUBLE' || type === 'VARCHAR') return 'false'
  const there = isThere(column)
  if (type === 'BOOLEAN') {
    return column.family === 'boolean' ? 'false' : `${there} AND ${value} NOT IN (0, 1)`
  }
  return `${there} AND TRY_CAST(${value} AS ${type}) IS DISTINCT FROM ${value}`
}

function storedOf({ type, column, field }: Wanted): string {
  const stored = castTo(type, column)
  return field?.type === 'datetime' ? toMilliseconds(stored) : stored
}

function castTo(type: string, column: Column): string {
  const value = quoteName(column.name)
  if (type === 'TIMESTAMP') return momentOf(column)
  if (type === 'VARCHAR') return `CASE WHEN ${isThere(column)} THEN ${value} END`
  return `CAST(${valueOf(column)} AS ${type})`
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
