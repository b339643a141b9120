/** One side of a comparison: a table file, or a stored profile of one. */

import type { Database } from '../data/duckdb-store.ts'
import { isProfileText } from '../data/profile/parse-profile.ts'
import { readProfile } from '../data/profile/profile-file.ts'
import { type TableDistributions, toDistributions } from '../data/profile/read-distributions.ts'
import { openTable } from '../data/reading/open-table-file.ts'
import { readHead } from '../data/reading/read-head-file.ts'
import type { ReadOptions } from '../data/reading/read-options.ts'
import type { Table } from '../data/table/column.ts'

export interface OpenedSide extends AsyncDisposable {
  readonly side: Table | TableDistributions
  readonly warnings: readonly string[]
}

/** What a file is, is told by its first bytes. @throws {ToolkitError} as `openTable` and `readProfile` */
export async function openSide(
  database: Database,
  path: string,
  reading: ReadOptions | undefined,
): Promise<OpenedSide> {
  if (isProfileText((await readHead(path, 200)).toString('utf8'))) {
    const side = toDistributions(await readProfile(path))
    return { side, warnings: [], [Symbol.asyncDispose]: async () => {} }
  }
  const opened = await openTable(database, path, reading)
  return Object.assign(opened, { side: opened.table })
}
