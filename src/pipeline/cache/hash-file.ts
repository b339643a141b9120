/** Hashes of files and folders, as DVC computes them. */

import { closeSync, openSync, readSync, statSync, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'
import { systemCode } from '../../core/atomic-file.ts'
import type { IgnoreRules } from '../repository/ignore-rules.ts'
import { isAbsent, readError } from '../repository/text-file.ts'
import type { Fingerprint } from '../stages/record.ts'
import { beginDigest, digestPiece, pieceBytes } from './digest.ts'
import type { HashState } from './hash-state-store.ts'
import { afterwards, openUnderWay, whenDone, type Later } from './later.ts'
import { listFiles, specialFileError } from './list-folder-file.ts'
import { beginManifestHash, type Member } from './manifest.ts'
import { readPiece } from './read-piece-file.ts'

export { formatManifest, parseManifest, type Member } from './manifest.ts'

/** What a path holds, with the members of a folder by relative path. */
export interface PathContent {
  readonly fingerprint: Fingerprint
  /** `undefined` for a file, and where they were not asked for. */
  readonly members: readonly Member[] | undefined
  /** Hashed as DVC 2 did, which is where the object then lies. */
  readonly isLegacy?: boolean
}

/** How content is hashed. */
export interface HashOptions {
  /** What is not seen in folders; without rules, `.git`, `.hg`, `.dvc` and repositories inside. */
  readonly ignore?: IgnoreRules | undefined
  /** As DVC 2 did: text with its line ends made `\n`. */
  readonly isLegacy?: boolean | undefined
  /** Only the hash of a folder counts, not which files are in it. */
  readonly skipsMembers?: boolean | undefined
  /** Spares reading files that have not changed since. */
  readonly hashes?: HashState | undefined
  /** Reads large files. */
  readonly team?: FileTeam | undefined
}

/** Reads large files, several at a time. */
export interface FileTeam {
  /**
   * Resolves when somebody has taken the file, which may be after another one is done.
   *
   * @throws {ToolkitError} later: `FILE_READ_FAILED`, `FILE_WRITE_FAILED`; or the signal's reason
   */
  begin(file: LargeFile, signal: AbortSignal | undefined): Promise<Later<FileHash>>
}

/** A file to hash. */
export interface LargeFile {
  readonly source: string
  /** Where a copy is made on the way, and nothing is yet. */
  readonly target?: string
  readonly isLegacy: boolean
}

/** The hash of one file. */
export interface FileHash {
  readonly md5: string
  readonly sizeBytes: number
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
  options: HashOptions = {},
): Promise<PathContent | undefined> {
  const stats = statIfPresent(location)
  if (stats === undefined) return undefined
  if (stats.isDirectory()) {
    return collectFolder(location, { ...options, signal }, (path, either) =>
      beginHash(path, either, options),
    )
  }
  checkFile(location, stats)
  const hashed = await hashFile(location, signal, { ...options, sizeBytes: stats.size })
  return toFileContent(hashed, stats, options)
}

/** What is at a path, links followed. */
export function statIfPresent(location: string): Stats | undefined {
  try {
    return statSync(location, { throwIfNoEntry: false })
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw readError(location, error)
  }
}

/** @throws {ToolkitError} `FILE_READ_FAILED` for a pipe, a socket or a device */
export function checkFile(location: string, stats: Stats): void {
  if (!stats.isFile()) throw specialFileError(location)
}

/** The content of a single file. */
export function toFileContent(
  { md5, sizeBytes }: FileHash,
  stats: Stats,
  { isLegacy = false }: HashOptions,
): PathContent {
  const isExecutable = (stats.mode & 0o111) !== 0
  const fingerprint = { md5, sizeBytes, fileCount: undefined, isExecutable }
  return { fingerprint, members: undefined, isLegacy }
}

/** From this many files on, what is known of them is read in one go. */
const walkCount = 200
const pauseCount = 256

/** How a folder is read. */
export interface FolderOptions extends HashOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * The content of a folder, from the hash of each file in it.
 *
 * @param hash - what it gives later is waited for at the end, or ended by the signal after a failure
 */
export async function collectFolder(
  location: string,
  { ignore, isLegacy = false, skipsMembers = false, hashes, signal }: FolderOptions,
  hash: (location: string, signal: AbortSignal) => Promise<FileHash | Later<FileHash>>,
): Promise<PathContent> {
  const paths = listFiles(location, ignore)
  if (paths.length >= walkCount) hashes?.walk(location)
  const members: Member[] = []
  const manifest = beginManifestHash()
  let sizeBytes = 0
  const take = (path: string, hashed: FileHash): void => {
    const member = { path, md5: hashed.md5 }
    manifest.add(member)
    if (!skipsMembers) members.push(member)
    sizeBytes += hashed.sizeBytes
  }
  await using underWay = openUnderWay(signal)
  /** From the first that is not done on: the order counts. */
  const waiting: (readonly [path: string, hashed: FileHash | Later<FileHash>])[] = []
  for (const [i, path] of paths.entries()) {
    // Signals and timers get their turn between blocking reads.
    if (i % pauseCount === pauseCount - 1) await new Promise((resolve) => setImmediate(resolve))
    const hashed = await hash(`${location}/${path}`, underWay.signal)
    underWay.add(hashed)
    if (waiting.length === 0 && !('done' in hashed)) take(path, hashed)
    else waiting.push([path, hashed])
  }
  for (const [path, hashed] of waiting) take(path, await whenDone(hashed))
  const md5 = manifest.finish()
  const fingerprint = { md5, sizeBytes, fileCount: paths.length, isExecutable: false }
  return { fingerprint, members: skipsMembers ? undefined : members, isLegacy }
}

/**
 * MD5 of a file, read in pieces of 1 MiB.
 *
 * @param sizeBytes - of the file, from whoever has just looked
 * @throws {ToolkitError} `FILE_READ_FAILED`
 */
export async function hashFile(
  location: string,
  signal: AbortSignal | undefined,
  options: HashOptions & { readonly sizeBytes?: number } = {},
): Promise<FileHash> {
  return whenDone(await beginHash(location, signal, options))
}

/** As `hashFile`, but with a team it does not wait for large files. */
async function beginHash(
  location: string,
  signal: AbortSignal | undefined,
  { isLegacy = false, hashes, team, sizeBytes }: HashOptions & { readonly sizeBytes?: number },
): Promise<FileHash | Later<FileHash>> {
  signal?.throwIfAborted()
  const sighting = hashes?.look(location, isLegacy, sizeBytes)
  if (sighting?.md5 !== undefined) return { md5: sighting.md5, sizeBytes: sighting.sizeBytes }
  const small = readSmallFile(location)
  const hashed =
    small === undefined
      ? await (team?.begin({ source: location, isLegacy }, signal) ??
          hashLargeFile(location, signal, isLegacy))
      : { md5: digestPiece(small, isLegacy), sizeBytes: small.length }
  if (sighting === undefined) return hashed
  return afterwards(hashed, ({ md5 }) => hashes?.remember(location, sighting, md5))
}

/** One for all files: reading is over before anybody else gets a turn. */
const sharedPiece = Buffer.allocUnsafeSlow(pieceBytes)

/**
 * Reads a file of less than 1 MiB, blocking; `undefined` for a larger one.
 *
 * @returns bytes that are overwritten by the next call
 * @throws {ToolkitError} `FILE_READ_FAILED`
 */
export function readSmallFile(location: string): Buffer | undefined {
  let file: number | undefined
  try {
    file = openSync(location, 'r')
    let length = 0
    while (length < pieceBytes) {
      const count = readSync(file, sharedPiece, length, pieceBytes - length, null)
      if (count === 0) return sharedPiece.subarray(0, length)
      length += count
    }
    return undefined
  } catch (error) {
    throw readError(location, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * MD5 of a file of any size.
 *
 * @throws {ToolkitError} `FILE_READ_FAILED`; or the signal's reason
 */
export async function hashLargeFile(
  location: string,
  signal: AbortSignal | undefined,
  isLegacy: boolean,
): Promise<FileHash> {
  const digest = beginDigest(isLegacy)
  const buffer = Buffer.allocUnsafe(pieceBytes)
  let sizeBytes = 0
  try {
    await using file = await open(location, 'r')
    for (let length = pieceBytes; length === pieceBytes;) {
      signal?.throwIfAborted()
      const piece = await readPiece(file, buffer)
      digest.update(piece)
      length = piece.length
      sizeBytes += length
    }
  } catch (error) {
    throw systemCode(error) === undefined ? error : readError(location, error)
  }
  return { md5: digest.finish(), sizeBytes }
}
