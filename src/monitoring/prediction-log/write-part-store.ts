import { chmod } from 'node:fs/promises'
import { dirname } from 'node:path'
import { asWriteError, makeFolder, replaceFileWith } from '../../core/atomic-file.ts'
import type { Database } from '../../data/duckdb-store.ts'

/**
 * Writes the rows of a query as a Parquet file of a log.
 *
 * @throws {ToolkitError} `FILE_WRITE_FAILED`
 */
export async function writePart(database: Database, select: string, path: string): Promise<void> {
  await writeLogFile(path, (temporary) => database.writeParquet(select, temporary))
}

/**
 * Lets `write` fill a file of a log, and makes its folders: for this user only, as the lines were that a log begins with.
 *
 * @throws {ToolkitError} `FILE_WRITE_FAILED`, and what `write` throws
 */
export async function writeLogFile(
  path: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  try {
    makeFolder(dirname(path), 0o700)
  } catch (error) {
    throw asWriteError(path, error)
  }
  await replaceFileWith(path, async (temporary) => {
    await write(temporary)
    await chmod(temporary, 0o600)
  })
}
