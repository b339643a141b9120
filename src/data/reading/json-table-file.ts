/** JSON as a table: one object a line, or one array of objects, also compressed with gzip. */

import { constants, gunzipSync } from 'node:zlib'
import { ToolkitError } from '../../core/errors.ts'
import type { Database } from '../duckdb-store.ts'
import { findFaults, lineOfRow, type JsonFile } from './json-faults-file.ts'
import { loadJsonRows, type JsonRows } from './json-rows-store.ts'
import { readHead } from './read-head-file.ts'
import type { ReadOptions } from './read-options.ts'
import type { OpenedTable } from './reading.ts'
import { refuseUnfitOptions } from './unfit-options.ts'

/**
 * Opens a JSON file as a table. The columns are the keys of all objects, in the order in which they first
 * appear; types are those of JSON, so '12' in quotes stays text; only null and an absent key are missing,
 * unless `options.missing` names strings that are, too.
 *
 * @throws {ToolkitError} `CLI_USAGE` for options of other formats, `FILE_MISSING`, `FILE_READ_FAILED`, `DATA_FILE_INVALID` naming lines,
 *   `DATA_COLUMN_MISSING`, `DATA_CELL_INVALID` for cells that are not of a type that was asked for
 */
export async function openJsonTable(
  database: Database,
  path: string,
  options: ReadOptions = {},
): Promise<OpenedTable> {
  refuseUnfitOptions(path, 'json', options)
  const file = await recognize(path)
  const rows: JsonRows = {
    ...file,
    label: path,
    placeOf: async (row) =>
      file.layout === 'lines'
        ? `${path}:${await lineOfRow(file, row)}`
        : `${path}: element ${row + 1}`,
  }
  try {
    const loaded = await loadJsonRows(database, rows, options)
    const { table, columns, missing, warnings } = loaded
    const { compression } = file
    return {
      table,
      reading: { format: 'json', compression, encoding: 'utf-8', columns, missing },
      warnings,
      placesOf: loaded.placesOf,
      [Symbol.asyncDispose]: loaded[Symbol.asyncDispose],
    }
  } catch (error) {
    if (error instanceof ToolkitError) throw error
    throw await invalid(file, error)
  }
}

/** Enough to see what the file is: blank lines before the first object are few. */
const headBytes = 65_536

async function recognize(path: string): Promise<JsonFile> {
  const head = await readHead(path, headBytes)
  const isGzip = head[0] === 0x1f && head[1] === 0x8b
  const plain = isGzip
    ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 2 ** 27 })
    : head
  if ((plain[0] === 0xff && plain[1] === 0xfe) || (plain[0] === 0xfe && plain[1] === 0xff)) {
    throw new ToolkitError('DATA_FILE_INVALID', `${path}:1: JSON in UTF-16`, {
      hint: 'save it as UTF-8, the encoding of JSON',
    })
  }
  const start = plain
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (start === '') {
    throw new ToolkitError('DATA_FILE_INVALID', `${path}: the file is empty`, {
      hint: 'write one JSON object a line, or one array of objects',
    })
  }
  return {
    path,
    layout: start.startsWith('[') ? 'array' : 'lines',
    compression: isGzip ? 'gzip' : 'none',
  }
}

/** What DuckDB refuses, said with the lines that it does not know. */
async function invalid(file: JsonFile, error: unknown): Promise<ToolkitError> {
  const faults = await findFaults(file)
  const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
  const message = faults.length === 0 ? `${file.path}: ${reason}` : faults.join('\n')
  return new ToolkitError('DATA_FILE_INVALID', message, {
    hint: 'write one JSON object a line, or one array of objects',
    cause: error,
  })
}
