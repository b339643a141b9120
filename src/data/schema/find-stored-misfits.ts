import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { describeField, isTimeField, type Field } from '../../core/schema.ts'
import { quoteName, quotePath, type Database } from '../duckdb-store.ts'
import { describeTable } from '../table/describe-table.ts'
import type { Column, Table } from '../table/column.ts'
import { findMisfits, type Misfits } from './find-misfits.ts'
import { holdsNumbers, storageType, valueType } from './violation-sql.ts'

/** A column that models take, as the schema has it. */
interface ModelColumn {
  readonly name: string
  readonly field: Field
}

/**
 * Holds columns of a Parquet file against the fields that a model will read
 * them by. Rows are named by their 0-based position, the `row` of the feature table.
 *
 * @param paths - `raw`: the file; `place`: its name in messages
 * @throws {ToolkitError} `DATA_COLUMN_MISSING` naming every absent column, `DATA_FILE_INVALID` naming every
 *   column whose type holds no such values
 */
export async function findStoredMisfits(
  database: Database,
  paths: { readonly raw: string; readonly place: string },
  columns: readonly ModelColumn[],
): Promise<Misfits> {
  const { raw, place } = paths
  const relation = `read_parquet(${quotePath(raw)}, file_row_number = true)`
  checkColumns(await describeTable(database, relation), columns, place)
  return findMisfits(database, {
    relation,
    row: 'file_row_number',
    placesOf: (rows) => Promise.resolve(rows.map((row) => `${place}, row ${row}`)),
    columns: columns.map(({ name, field }) => ({
      name,
      field,
      text: `CAST(${quoteName(name)} AS VARCHAR)`,
      value: `CAST(${quoteName(name)} AS ${valueType(field)})`,
      isModelInput: true,
    })),
  })
}

function checkColumns(table: Table, columns: readonly ModelColumn[], place: string): void {
  const found = new Map(table.columns.map((column) => [column.name, column]))
  const missing = columns.filter(({ name }) => !found.has(name))
  if (missing.length > 0) {
    const names = [...found.keys()]
    throw new ToolkitError(
      'DATA_COLUMN_MISSING',
      `${place} lacks ${missing.map(({ name }) => `'${name}'`).join(', ')}`,
      { hint: missing.map(({ name }) => nameHint(name, names, 'columns')).join('; ') },
    )
  }
  const unfit = columns.filter(({ name, field }) => !isTypeOf(field, found.get(name)!))
  if (unfit.length === 0) return
  throw new ToolkitError(
    'DATA_FILE_INVALID',
    `${place}: ${unfit.map(({ name, field }) => `'${name}' is a column of type ${found.get(name)!.type}, expected ${describeField(field)}`).join('; ')}`,
    { hint: "write the file again with 'mlpt ingest'" },
  )
}

function isTypeOf(field: Field, { family, type }: Column): boolean {
  if (holdsNumbers(field)) return family === 'number' || family === 'boolean'
  if (isTimeField(field)) return type === storageType(field)
  return family === 'text'
}
