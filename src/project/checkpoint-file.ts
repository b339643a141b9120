import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { asWriteError, makeFolder, temporaryPathFor } from '../core/atomic-file.ts'

/** Where a fit that was interrupted goes on; gone once the fit is done. */
export interface CheckpointFile {
  /** What an earlier process left. */
  readonly last: Uint8Array | undefined
  /** Replaces the file in one step; blocks, as the fit that calls it does. @throws {ToolkitError} `FILE_WRITE_FAILED` */
  write(checkpoint: Uint8Array): void
  remove(): void
}

/** Opens the checkpoint of a model's fit, in the folder that git does not see. */
export function openCheckpoint(directory: string, kind: string): CheckpointFile {
  const path = join(directory, '.mlpt', `checkpoint-${kind}`)
  return {
    last: readIfThere(path),
    write: (checkpoint) => {
      try {
        makeFolder(dirname(path))
        writeSafely(path, checkpoint)
      } catch (error) {
        throw asWriteError(path, error)
      }
    },
    remove: () => rmSync(path, { force: true }),
  }
}

/** A checkpoint that cannot be read is none: the fit starts anew. */
function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

function writeSafely(path: string, content: Uint8Array): void {
  const temporaryPath = temporaryPathFor(path)
  const file = openSync(temporaryPath, 'w')
  try {
    for (let done = 0; done < content.length;) done += writeSync(file, content, done)
    fsyncSync(file)
    renameSync(temporaryPath, path)
  } finally {
    closeSync(file)
    rmSync(temporaryPath, { force: true })
  }
}
