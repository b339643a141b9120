import { openDatabase } from '../duckdb-store.ts'
import { openTable } from '../reading/open-table-file.ts'
import type { ReadOptions } from '../reading/read-options.ts'
import { profileTable } from './profile-table.ts'
import type { Profile } from './profile.ts'

/** How a file is read and which of its columns are described. */
export interface ProfileFileOptions {
  /** How the file is read; what is left out is detected. */
  readonly reading?: ReadOptions
  /** Names of the columns to describe, in the table's order; all when absent. */
  readonly columns?: readonly string[]
}

/**
 * What the columns of a table file hold, the same bytes each time.
 *
 * @param path - a file of any format that `mlpt` reads: delimited text, Parquet, JSON lines, a workbook, SQLite
 * @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`, `DATA_FILE_INVALID`, `DATA_CELL_INVALID`, `DATA_COLUMN_MISSING`
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { profileFile } from 'ml-pipeline-toolkit'
 * const path = join(mkdtempSync(join(tmpdir(), 'mlpt-')), 'people.csv')
 * writeFileSync(path, 'name,age\nAnna,31\nBen,17\n')
 * const { rows, columns } = await profileFile(path, { columns: ['age'] })
 * rows // => 2
 * columns[0].numbers.mean // => 24
 * ```
 */
export async function profileFile(
  path: string,
  { reading, columns }: ProfileFileOptions = {},
): Promise<Profile> {
  using database = await openDatabase()
  await using opened = await openTable(database, path, reading)
  return await profileTable(database, opened.table, { columns })
}
