/** Makes written files safe from a machine that stops. */

import { spawn } from 'node:child_process'
import { closeSync, fsync, openSync } from 'node:fs'
import { promisify } from 'node:util'

/** Up to this many files, one by one is faster than all that the file system has waiting. */
const fewFiles = 8

/** Waits until the content of all these files in one folder is on the disk. */
export async function syncFiles(folder: string, files: readonly string[]): Promise<void> {
  if (files.length > fewFiles && (await syncFileSystem(folder))) return
  for (const file of files) await syncPath(file)
}

/** Waits until a file's content, or a folder's names, are on the disk. */
export async function syncPath(path: string): Promise<void> {
  // Opening is quick; a thread is only worth its price where the disk is waited for.
  const file = openSync(path, 'r')
  try {
    await promisify(fsync)(file)
  } finally {
    closeSync(file)
  }
}

/** False where coreutils' `sync -f` is not there. */
async function syncFileSystem(folder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sync = spawn('sync', ['-f', '--', folder], { stdio: 'ignore' })
    sync.on('error', () => resolve(false))
    sync.on('close', (code) => resolve(code === 0))
  })
}
