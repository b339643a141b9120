/** Up to when a log was pruned, so that what was removed does not come back from a remote. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode, writeFileAtomically } from '../../core/atomic-file.ts'
import { parseInstant } from '../../core/instant.ts'

/** Beside the days, in the folder of a model's log: a moment, as text. */
const fileName = 'pruned-before'

/** Keeps the later of two moments. @param before - milliseconds since 1970 @throws {ToolkitError} `FILE_WRITE_FAILED` */
export async function rememberPruned(folder: string, before: number): Promise<void> {
  if (before <= (await readPruned(folder))) return
  await writeFileAtomically(join(folder, fileName), `${new Date(before).toISOString()}\n`, 0o600)
}

/** Before which moment days were removed, milliseconds since 1970; −∞ where none ever were. */
export async function readPruned(folder: string): Promise<number> {
  try {
    return parseInstant((await readFile(join(folder, fileName), 'utf8')).trim()) ?? -Infinity
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return -Infinity
    throw error
  }
}
