import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isProcessAlive } from '../../core/alive-process.ts'
import { asWriteError } from '../../core/atomic-file.ts'
import type { Repository } from '../repository/repository.ts'

/** A folder for what is being downloaded; disposing it removes it with all that is in it. */
export interface DownloadFolder extends Disposable {
  /** The absolute path of a file in it. */
  path(name: string): string
}

/** Makes the folder of this process, and removes those of processes that were killed. */
export function openDownloadFolder({
  stateFolder,
}: Pick<Repository, 'stateFolder'>): DownloadFolder {
  const parent = join(stateFolder, 'downloads')
  const folder = join(parent, String(process.pid))
  try {
    mkdirSync(folder, { recursive: true })
    for (const name of readdirSync(parent)) {
      const isOwned = /^\d+$/.test(name) && isProcessAlive(Number(name))
      if (!isOwned) rmSync(join(parent, name), { recursive: true, force: true })
    }
  } catch (error) {
    throw asWriteError(folder, error)
  }
  return {
    path: (name) => join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
