/** Files of this machine, as artifacts and back. */

import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { replaceFileWith, systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { parseArtifactPath } from '../store/artifacts/artifact-path.ts'

/** A file to store. */
export interface LocalFile {
  readonly path: string
  /** Below the folder that was named, with forward slashes; for a file its name. */
  readonly name: string
  readonly sizeBytes: number
}

/**
 * The file at a path, or all files below the folder there. Links are followed; what is neither
 * file nor folder is left out.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`
 */
export async function listLocalFiles(path: string): Promise<readonly LocalFile[]> {
  try {
    const found = await stat(path)
    if (!found.isDirectory()) return [{ path, name: basename(path), sizeBytes: found.size }]
    const entries = await readdir(path, { recursive: true })
    const files: LocalFile[] = []
    for (const entry of entries.sort()) {
      const place = join(path, entry)
      const stats = await stat(place)
      if (!stats.isFile()) continue
      files.push({ path: place, name: entry.replaceAll('\\', '/'), sizeBytes: stats.size })
    }
    return files
  } catch (error) {
    throw asReadError(path, error)
  }
}

/** Its errors come with the stream. */
export function openLocalFile({ path }: LocalFile): Readable {
  return createReadStream(path)
}

/**
 * Puts a folder at `path` in one step, with what `files` give.
 *
 * @param files - relative paths with forward slashes
 * @throws {ToolkitError} `TRACKING_INVALID` for one that does not lead below the folder: a server named it
 */
export async function writeLocalFolder(
  path: string,
  files: readonly {
    readonly name: string
    readonly open: () => Promise<AsyncIterable<Uint8Array>>
  }[],
): Promise<void> {
  for (const { name } of files) parseArtifactPath(name)
  await replaceFileWith(path, async (temporaryPath) => {
    await mkdir(temporaryPath)
    for (const { name, open } of files) {
      const target = join(temporaryPath, ...name.split('/'))
      await mkdir(dirname(target), { recursive: true })
      await pipeline(await open(), createWriteStream(target, { flags: 'wx' }))
    }
  })
}

function asReadError(path: string, error: unknown): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  if (code === 'ENOENT') {
    return new ToolkitError('FILE_MISSING', `there is no file or folder '${path}'`, {
      cause: error,
    })
  }
  return new ToolkitError('FILE_READ_FAILED', `cannot read '${path}': ${code}`, { cause: error })
}
