import { existsSync } from 'node:fs'
import { writeFileAtomically } from '../core/atomic-file.ts'
import { readTextFile } from '../data/read-text-file.ts'
import { addEntries, formatHistory, type HistoryEntry, parseHistory } from './drift-history.ts'

/**
 * Adds entries to a history, which is made when it is not there; the same comparison made again takes the place of
 * its entry. The file is whole at every moment. A last line that was cut off is taken away.
 *
 * @throws {ToolkitError} `DATA_FILE_INVALID` for a file that is something else, which stays as it is; `FILE_WRITE_FAILED`
 */
export async function addToHistory(
  path: string,
  news: readonly HistoryEntry[],
): Promise<{ readonly entries: readonly HistoryEntry[]; readonly warnings: readonly string[] }> {
  const before = existsSync(path)
    ? parseHistory(await readTextFile(path, { what: 'history', hint: 'check the path' }), path)
    : { entries: [], isTorn: false }
  const entries = addEntries(before.entries, news)
  await writeFileAtomically(path, formatHistory(entries))
  const warnings = before.isTorn ? [`the last line of ${path} was cut off and is gone`] : []
  return { entries, warnings }
}
