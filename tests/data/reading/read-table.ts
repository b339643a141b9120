/** Opens a file by one of the readers, for the tests of each. */

import assert from 'node:assert/strict'
import type { ToolkitError } from '../../../src/core/errors.ts'
import { type Database, openDatabase } from '../../../src/data/duckdb-store.ts'
import type { OpenedTable } from '../../../src/data/reading/reading.ts'
import type { ReadOptions } from '../../../src/data/reading/read-options.ts'

type Open = (database: Database, path: string, options?: ReadOptions) => Promise<OpenedTable>

/** The cells as text, the types by name, and the warnings. */
export async function readTable(open: Open, path: string, options?: ReadOptions) {
  using database = await openDatabase()
  await using opened = await open(database, path, options)
  const { table, warnings } = opened
  const rows = await database.query(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ${table.relation}`)
  return {
    rows: rows.map((row) => Object.values(row)),
    types: Object.fromEntries(table.columns.map(({ name, type }) => [name, type])),
    warnings,
  }
}

/** That the file is refused by name, with words and a hint. */
export async function refuseTable(
  open: Open,
  path: string,
  message: RegExp,
  { hint = /./, ...options }: ReadOptions & { readonly hint?: RegExp } = {},
): Promise<void> {
  using database = await openDatabase()
  await assert.rejects(open(database, path, options), (error: ToolkitError) => {
    assert.match(error.message, message)
    assert.match(error.hint ?? '', hint)
    assert.ok(error.message.startsWith(`${path}: `))
    assert.equal(error.code, 'DATA_FILE_INVALID')
    return true
  })
}
