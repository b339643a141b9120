import { ToolkitError } from '../core/errors.ts'
import type { InputFields } from '../core/input-field.ts'
import { ownMember } from '../core/own-member.ts'
import type { Database } from '../data/duckdb-store.ts'

/** DuckDB's types of a table's columns, by their names in small letters, as DuckDB tells them apart. */
export type ColumnTypes = Readonly<Record<string, string>>

/** @param relation - SQL for FROM */
export async function readColumnTypes(database: Database, relation: string): Promise<ColumnTypes> {
  const described = await database.query(`DESCRIBE SELECT * FROM ${relation}`)
  return Object.fromEntries(
    described.map(({ column_name: name, column_type: type }) => [
      String(name).toLowerCase(),
      String(type),
    ]),
  )
}

/** The columns that a model takes and a table does not have, for people; undefined when it has all. */
export function listMissing(inputs: InputFields, types: ColumnTypes): string | undefined {
  const missing = Object.keys(inputs).filter(
    (name) => ownMember(types, name.toLowerCase()) === undefined,
  )
  return missing.length > 0 ? listSome(missing.map((name) => `'${name}'`)) : undefined
}

/**
 * Checks that a table has the columns that a model takes: one of another program may ask for others.
 *
 * @param places - the model and the table, for messages
 * @throws {ToolkitError} `DATA_COLUMN_MISSING`
 */
export function checkColumns(
  inputs: InputFields,
  types: ColumnTypes,
  places: { readonly model: string; readonly table: string },
): void {
  const missing = listMissing(inputs, types)
  if (missing === undefined) return
  throw new ToolkitError(
    'DATA_COLUMN_MISSING',
    `${places.model} takes ${missing}, which ${places.table} does not have`,
    { hint: 'train it again, or have a feature of that name in project.ts' },
  )
}

/** At most five. */
export function listSome(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return `${names.slice(0, 5).join(', ')}${more}`
}
