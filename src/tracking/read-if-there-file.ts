import { readFile } from 'node:fs/promises'
import { systemCode } from '../core/atomic-file.ts'

/** What is in a file; `undefined` when there is none. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
