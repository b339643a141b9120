/** A table of a SQLite database as a table of ours. */

import { pluralize } from '../../core/format-number.ts'
import type { DatabaseSync } from 'node:sqlite'
import { databaseCode } from '../../core/database-errors.ts'
import { ToolkitError, messageOf } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { quoteName, type Database } from '../duckdb-store.ts'
import { loadJsonRows } from './json-rows-store.ts'
import { readHead } from './read-head-file.ts'
import type { ReadOptions } from './read-options.ts'
import type { OpenedTable } from './reading.ts'
import { refuseUnfitOptions } from './unfit-options.ts'
import { writeRowsAsJson } from './write-rows-file.ts'

/**
 * Opens a table or a view of a SQLite database, which is only read. SQLite types each value, not the column:
 * the type is decided by all values; only NULL is missing, unless `options.missing` names texts that are, too.
 * Bytes become hexadecimal text.
 *
 * @param options - `table` is needed where the database has several
 * @throws {ToolkitError} `CLI_USAGE` for options of other formats, `FILE_MISSING`, `FILE_READ_FAILED`, `DATA_FILE_INVALID`, `DATA_COLUMN_MISSING`,
 *   `DATA_CELL_INVALID` for cells that are not of a type that was asked for
 */
export async function openSqliteTable(
  database: Database,
  path: string,
  options: ReadOptions = {},
): Promise<OpenedTable> {
  refuseUnfitOptions(path, 'sqlite', options)
  await checkHead(path)
  const { DatabaseSync: Sqlite } = process.getBuiltinModule('node:sqlite')
  let source: DatabaseSync | undefined
  try {
    source = new Sqlite(path, { readOnly: true })
    const table = chooseTable(listTables(source), path, options.table)
    const statement = source.prepare(`SELECT * FROM ${quoteName(table)}`)
    const names = statement.columns().map(({ name }) => name)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    await using written = await writeRowsAsJson(names, statement.iterate())
    const rows = {
      path: written.path,
      layout: 'lines',
      compression: 'none',
      names,
      label: path,
      placeOf: (row: number) => Promise.resolve(`${path}: row ${row + 1} of '${table}'`),
    } as const
    const loaded = await loadJsonRows(database, rows, options)
    const { columns, missing } = loaded
    return {
      table: loaded.table,
      reading: { format: 'sqlite', compression: 'none', table, columns, missing },
      warnings: [...loaded.warnings, ...bytesWarnings(written.bytesCounts, path)],
      placesOf: loaded.placesOf,
      [Symbol.asyncDispose]: loaded[Symbol.asyncDispose],
    }
  } catch (error) {
    throw databaseCode(error) === undefined ? error : invalid(path, error)
  } finally {
    source?.close()
  }
}

const signature = 'SQLite format 3\0'

async function checkHead(path: string): Promise<void> {
  const head = await readHead(path, signature.length)
  if (head.toString('latin1') === signature) return
  const message = head.length === 0 ? 'the file is empty' : 'no SQLite database'
  throw new ToolkitError('DATA_FILE_INVALID', `${path}: ${message}`, {
    hint: 'name a file of SQLite 3, or another --format',
  })
}

function listTables(source: DatabaseSync): readonly string[] {
  return source
    .prepare(
      `SELECT name FROM sqlite_schema
       WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .all()
    .map(({ name }) => String(name))
}

function chooseTable(tables: readonly string[], path: string, wanted?: string): string {
  const [only] = tables
  if (only === undefined) {
    throw new ToolkitError('DATA_FILE_INVALID', `${path}: the database has no table`, {
      hint: 'name a database with a table in it',
    })
  }
  if (wanted !== undefined && tables.includes(wanted)) return wanted
  if (wanted === undefined && tables.length === 1) return only
  const message =
    wanted === undefined
      ? `the database has ${tables.length} tables, and none is chosen`
      : `the database has no table '${wanted}'`
  throw new ToolkitError('DATA_FILE_INVALID', `${path}: ${message}`, {
    hint: wanted === undefined ? chooseHint(tables) : nameHint(wanted, tables, 'tables'),
  })
}

function chooseHint(tables: readonly string[]): string {
  const names = tables.slice(0, 20).join(', ')
  return `choose with --table: ${names}${tables.length > 20 ? ', …' : ''}`
}

function bytesWarnings(counts: ReadonlyMap<string, number>, path: string): readonly string[] {
  return [...counts].map(
    ([name, count]) =>
      `'${name}' has ${count} ${pluralize(count, 'value')} of bytes, kept as hexadecimal text: ${path}`,
  )
}

function invalid(path: string, error: unknown): ToolkitError {
  const reason = messageOf(error)
  return new ToolkitError('DATA_FILE_INVALID', `${path}: ${reason}`, {
    hint: 'check that the database is whole, and not locked by another program',
    cause: error,
  })
}
