/** What is to be done to a log now and then. */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { asWriteError } from '../../core/atomic-file.ts'
import { openDatabase } from '../../data/duckdb-store.ts'
import { dateOfFolder, isOverBefore, logKinds, modelLogFolder } from './log-folder.ts'
import { checkLogThere } from './logged-models-store.ts'
import { rememberPruned } from './pruned-days-file.ts'
import { namesIn, settleSpools, type SettledSpools } from './settle-spools-store.ts'

/**
 * Turns what nobody writes any more into Parquet, and does nothing else.
 *
 * @throws {ToolkitError} `FILE_MISSING` when there is no log of this model; `FILE_WRITE_FAILED`
 */
export async function settleLog(
  root: string,
  { model, now }: { readonly model: string; readonly now: number },
): Promise<SettledSpools> {
  await checkLogThere(root, model)
  using database = await openDatabase()
  const total = { spools: 0, rows: 0, tornLines: 0 }
  for (const kind of logKinds) {
    const folder = join(modelLogFolder(root, model), kind)
    const settled = await settleSpools(database, folder, { kind, now })
    total.spools += settled.spools
    total.rows += settled.rows
    total.tornLines += settled.tornLines
  }
  return total
}

/**
 * Removes the days of a log that are over before a moment, predictions and labels alike; what is not settled yet stays. They
 * are not pulled again.
 *
 * @param before - milliseconds since 1970
 * @returns the days, as far as they had anything: '2026-01-31'
 * @throws {ToolkitError} `FILE_MISSING` when there is no log of this model; `FILE_WRITE_FAILED`
 */
export async function pruneLog(
  root: string,
  { model, before }: { readonly model: string; readonly before: number },
): Promise<readonly string[]> {
  await checkLogThere(root, model)
  await rememberPruned(modelLogFolder(root, model), before)
  const removed = new Set<string>()
  for (const kind of logKinds) {
    const folder = join(modelLogFolder(root, model), kind)
    for (const name of await namesIn(folder)) {
      const date = dateOfFolder(name)
      if (date === undefined || !isOverBefore(date, before)) continue
      await rm(join(folder, name), { recursive: true, force: true }).catch((error: unknown) => {
        throw asWriteError(join(folder, name), error)
      })
      removed.add(date)
    }
  }
  return [...removed].toSorted()
}
