import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { refuseSpecialFile, writeFileAtomically } from '../../core/atomic-file.ts'
import { whileHeld } from '../../core/hold-store.ts'
import { readTextFile } from '../../data/read-text-file.ts'
import { addEntries, formatHistory, type HistoryEntry, parseHistory } from './drift-history.ts'

/** All that a history says, and what was noticed while it was read. */
interface AddedTo {
  readonly entries: readonly HistoryEntry[]
  readonly warnings: readonly string[]
}

/**
 * Adds entries to a history, which is made when it is not there; the same comparison made again takes the place of
 * its entry. The file is whole at every moment, and of two that add at once both do. A last line that was cut off
 * is taken away.
 *
 * @throws {ToolkitError} `DATA_FILE_INVALID` for a file that is something else, which stays as it is; `FILE_WRITE_FAILED`,
 *   `DATA_UNSAVED` when another process does not let go
 */
export async function addToHistory(path: string, news: readonly HistoryEntry[]): Promise<AddedTo> {
  // Before it is read, which may never end.
  refuseSpecialFile(path)
  // Nothing is left beside a file that is something else.
  await readBefore(path)
  const lock = join(dirname(path), `.${basename(path)}.lock`)
  return whileHeld(lock, () => add(path, news))
}

async function add(path: string, news: readonly HistoryEntry[]): Promise<AddedTo> {
  const before = await readBefore(path)
  const entries = addEntries(before.entries, news)
  await writeFileAtomically(path, formatHistory(entries))
  const warnings = before.isTorn ? [`the last line of ${path} was cut off and is gone`] : []
  return { entries, warnings }
}

async function readBefore(path: string): Promise<ReturnType<typeof parseHistory>> {
  if (!existsSync(path)) return { entries: [], isTorn: false }
  return parseHistory(await readTextFile(path, { what: 'history', hint: 'check the path' }), path)
}
