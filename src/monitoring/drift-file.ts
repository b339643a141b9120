/** Compares table files. */

import { access } from 'node:fs/promises'
import { extname } from 'node:path'
import { systemCode } from '../core/atomic-file.ts'
import { ToolkitError } from '../core/errors.ts'
import { type Database, openDatabase, quoteText } from '../data/duckdb-store.ts'
import { compareTables, type DriftReport } from './drift.ts'

/**
 * Compares two files by their columns, as {@link compareTables}.
 *
 * @param options.reference - path of a .parquet or .csv file, as `current`
 * @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`, `DATA_FILE_INVALID`, `DATA_COLUMN_MISSING`
 */
export async function compareFiles(options: {
  readonly reference: string
  readonly current: string
  readonly columns?: readonly string[]
  readonly threshold: number
}): Promise<DriftReport> {
  using database = await openDatabase()
  const reference = await toRelation(database, 'reference', options.reference)
  const current = await toRelation(database, 'current_data', options.current)
  return await compareTables({ ...options, database, reference, current })
}

/** What stands after FROM; a CSV file is read once, into the table of that name. */
async function toRelation(database: Database, table: string, path: string): Promise<string> {
  const extension = extname(path).toLowerCase()
  if (extension !== '.parquet' && extension !== '.csv') {
    throw new ToolkitError('DATA_FILE_INVALID', `'${path}' is neither .parquet nor .csv`, {
      hint: 'give a Parquet or CSV file',
    })
  }
  await checkReadable(path)
  if (extension === '.parquet') return `read_parquet(${quoteText(path)})`
  await loadCsv(database, table, path)
  return table
}

/** All rows decide the types, not only the first ones: 2e+05 may come late. */
async function loadCsv(database: Database, table: string, path: string): Promise<void> {
  try {
    await database.run(
      `CREATE TEMP TABLE ${table} AS
       SELECT * FROM read_csv(${quoteText(path)}, header = true, sample_size = -1)`,
    )
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new ToolkitError('DATA_FILE_INVALID', `'${path}' cannot be read as CSV: ${message}`, {
      hint: 'mend the file, or write it again',
      cause: error,
    })
  }
}

async function checkReadable(path: string): Promise<void> {
  try {
    await access(path)
  } catch (error) {
    const code = systemCode(error)
    throw code === 'ENOENT'
      ? new ToolkitError('FILE_MISSING', `there is no file '${path}'`, {
          hint: 'check the path',
          cause: error,
        })
      : new ToolkitError('FILE_READ_FAILED', `cannot read '${path}': ${code ?? String(error)}`, {
          hint: 'check the path and its permissions',
          cause: error,
        })
  }
}
