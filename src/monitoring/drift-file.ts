/** Compares table files. */

import { access } from 'node:fs/promises'
import { extname } from 'node:path'
import { systemCode } from '../core/atomic-file.ts'
import { ToolkitError } from '../core/errors.ts'
import { openDatabase, quoteText } from '../data/duckdb-store.ts'
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
  const reference = await toRelation(options.reference)
  const current = await toRelation(options.current)
  using database = await openDatabase()
  return await compareTables({ ...options, database, reference, current })
}

async function toRelation(path: string): Promise<string> {
  const read = readers[extname(path).toLowerCase()]
  if (read === undefined) {
    throw new ToolkitError('DATA_FILE_INVALID', `'${path}' is neither .parquet nor .csv`, {
      hint: 'give a Parquet or CSV file',
    })
  }
  await checkReadable(path)
  return read(quoteText(path))
}

const readers: Readonly<Record<string, (path: string) => string>> = {
  '.parquet': (path) => `read_parquet(${path})`,
  // All rows decide the types, not only the first ones: 2e+05 may come late.
  '.csv': (path) => `read_csv(${path}, header = true, sample_size = -1)`,
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
