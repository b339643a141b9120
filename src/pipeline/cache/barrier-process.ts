/** Makes written files safe from a machine that stops. */

import { spawn } from 'node:child_process'
import { syncPath } from '../../core/atomic-file.ts'

/** Up to this many files, one by one is faster than all that the file system has waiting. */
const fewFiles = 8

/** Waits until the content of all these files in one folder is on the disk. */
export async function syncFiles(folder: string, files: readonly string[]): Promise<void> {
  if (files.length > fewFiles && (await syncFileSystem(folder))) return
  for (const file of files) await syncPath(file)
}

/** False where coreutils' `sync -f` is not there; macOS has another `sync`, which does not wait for the disk. */
async function syncFileSystem(folder: string): Promise<boolean> {
  if (process.platform === 'darwin') return false
  return new Promise((resolve) => {
    const sync = spawn('sync', ['-f', '--', folder], { stdio: 'ignore' })
    sync.on('error', () => resolve(false))
    sync.on('close', (code) => resolve(code === 0))
  })
}
