/** Hashes of files and folders, as DVC computes them. */

import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { compareCodePoints } from '../yaml/code-point-order.ts'
import type { Fingerprint } from '../stages/dvc-lock.ts'
import { exists, readError } from '../repository/workspace-file.ts'

/** What a path holds, with the members of a folder by relative path. */
export interface PathContent {
  readonly fingerprint: Fingerprint
  /** `undefined` for a file. */
  readonly members: readonly Member[] | undefined
}

/** One file of a folder. */
export interface Member {
  /** Relative to the folder, with forward slashes. */
  readonly path: string
  readonly md5: string
}

/**
 * Hashes a file or a folder; `undefined` when there is nothing.
 *
 * @param signal - ends the work early with the signal's reason
 * @throws {ToolkitError} `FILE_READ_FAILED` for what is neither file nor folder, and for broken links in a folder
 */
export async function hashPath(
  location: string,
  signal: AbortSignal | undefined,
): Promise<PathContent | undefined> {
  const stats = await statIfPresent(location)
  if (stats === undefined) return undefined
  if (stats.isDirectory()) return hashFolder(location, signal)
  if (!stats.isFile()) throw specialFileError(location)
  const { md5, sizeBytes } = await hashFile(location, signal)
  const isExecutable = (stats.mode & 0o111) !== 0
  return { fingerprint: { md5, sizeBytes, fileCount: undefined, isExecutable }, members: undefined }
}

async function statIfPresent(location: string): Promise<Stats | undefined> {
  try {
    return await stat(location)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
    throw readError(location, error)
  }
}

const chunkBytes = 1 << 20

/** MD5 of the bytes as they are, read in pieces of 1 MiB. */
export async function hashFile(
  location: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly md5: string; readonly sizeBytes: number }> {
  const hash = createHash('md5')
  let sizeBytes = 0
  try {
    await using file = await open(location, 'r')
    const { size } = await file.stat()
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size + 1))
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await file.read(buffer, 0, buffer.length)
      if (bytesRead === 0) break
      hash.update(buffer.subarray(0, bytesRead))
      sizeBytes += bytesRead
    }
  } catch (error) {
    throw systemCode(error) === undefined ? error : readError(location, error)
  }
  return { md5: hash.digest('hex'), sizeBytes }
}

async function hashFolder(location: string, signal: AbortSignal | undefined): Promise<PathContent> {
  const members: Member[] = []
  let sizeBytes = 0
  for (const path of (await listFiles(location, '')).sort(compareCodePoints)) {
    const hashed = await hashFile(join(location, path), signal)
    members.push({ path, md5: hashed.md5 })
    sizeBytes += hashed.sizeBytes
  }
  const md5 = `${createHash('md5').update(formatManifest(members)).digest('hex')}.dir`
  const fingerprint = { md5, sizeBytes, fileCount: members.length, isExecutable: false }
  return { fingerprint, members }
}

/** Files at any depth. Links to files are followed, links to folders are not; empty folders leave no trace. */
async function listFiles(root: string, below: string): Promise<string[]> {
  const files: string[] = []
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.name === '.git') continue
    if (entry.isDirectory()) {
      if (!(await isSkippedFolder(join(root, path), entry.name))) {
        files.push(...(await listFiles(root, path)))
      }
    } else if (await isFile(join(root, path), entry.isSymbolicLink())) {
      files.push(checkedName(path, join(root, path)))
    }
  }
  return files
}

/** `.hg` and `.dvc` never belong to data, and a folder with a `.dvc` in it is another repository. */
async function isSkippedFolder(location: string, name: string): Promise<boolean> {
  return name === '.hg' || name === '.dvc' || (await exists(join(location, '.dvc')))
}

async function isFile(location: string, isLink: boolean): Promise<boolean> {
  const stats = await statIfPresent(location)
  if (stats === undefined) {
    throw new ToolkitError('FILE_READ_FAILED', `'${location}' is a link to nothing`, {
      hint: 'remove the link, or make what it points to',
    })
  }
  if (isLink && stats.isDirectory()) return false
  if (!stats.isFile()) throw specialFileError(location)
  return true
}

function checkedName(path: string, location: string): string {
  if (!path.endsWith('.dvcignore')) return path
  throw new ToolkitError('FILE_READ_FAILED', `'${location}' lies inside data`, {
    hint: 'DVC allows a .dvcignore only outside of dependencies and outputs: move it up',
  })
}

function specialFileError(location: string): ToolkitError {
  return new ToolkitError('FILE_READ_FAILED', `'${location}' is neither a file nor a folder`, {
    hint: 'pipes, sockets and devices cannot be hashed: use a file',
  })
}

/** The text whose MD5 names a folder: DVC's JSON, byte for byte. */
export function formatManifest(members: readonly Member[]): string {
  const entries = members.map(
    ({ path, md5 }) => `{"md5": "${md5}", "relpath": ${formatAsciiJson(path)}}`,
  )
  return `[${entries.join(', ')}]`
}

function formatAsciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Reads a manifest back; `undefined` when it is not one. */
export function parseManifest(text: string): Member[] | undefined {
  try {
    const entries: unknown = JSON.parse(text)
    if (!Array.isArray(entries)) return undefined
    const members = entries.map(toMember)
    return members.every((member) => member !== undefined) ? members : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function toMember(entry: unknown): Member | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  const { md5, relpath } = entry as { readonly md5?: unknown; readonly relpath?: unknown }
  if (typeof md5 !== 'string' || typeof relpath !== 'string') return undefined
  // A manifest from elsewhere must not reach outside of its folder.
  const isInside = !relpath.startsWith('/') && !relpath.split('/').includes('..')
  return isInside ? { path: relpath, md5 } : undefined
}
