import { closeSync, openSync, writeSync } from 'node:fs'

/** Writes a file where nothing is yet. It has its mode from the start, which spares a call for each. */
export function writeNew(path: string, bytes: Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode)
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
  } finally {
    closeSync(file)
  }
}
