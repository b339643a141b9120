/** Hashes of files and folders, as DVC computes them. */

import type { Stats } from 'node:fs'
import type { IgnoreRules } from '../repository/ignore-rules.ts'
import type { Fingerprint } from '../stages/record.ts'
import { digestPiece } from './digest.ts'
import { packCount, type FileHash, type FileTeam } from './file-team.ts'
import type { HashState } from './hash-state-store.ts'
import { later, openUnderWay, whenDone, type Later, type UnderWay } from './later.ts'
import { listFiles, specialFileError } from './list-folder-file.ts'
import { beginManifestHash, type Member } from './manifest.ts'
import { hashLargeFile, readSmallFile } from './read-content-file.ts'
import { readUnknown, type FileReader, type Unread } from './read-files.ts'
import { readPack } from './read-pack-file.ts'
import { statIfPresent } from '../repository/text-file.ts'

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
  /** Reads many files at a time. */
  readonly team?: FileTeam | undefined
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
    const { hashes, isLegacy = false } = options
    return collectFolder(location, { ...options, signal }, (files, underWay) => {
      const reader = createHasher(options, underWay.signal)
      return readUnknown(files, { hashes, isLegacy, reader }, underWay)
    })
  }
  checkFile(location, stats)
  const hashed = await hashFile(location, signal, { ...options, sizeBytes: stats.size })
  return toFileContent(hashed, stats, options)
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

/** Without a team small files are read here, and large ones one after another. */
function createHasher(
  { isLegacy = false, team }: HashOptions,
  signal: AbortSignal | undefined,
): FileReader {
  return {
    small: async (files) => {
      const pack = { files: files.map(({ location }) => ({ source: location })), isLegacy }
      return (await team?.beginPack(pack, signal)) ?? later(readPack(pack, signal))
    },
    large: ({ location }) => beginLarge(location, signal, { isLegacy, team }),
  }
}

/** Without a team it is waited for, as nothing else would bound how many are read at once. */
async function beginLarge(
  location: string,
  signal: AbortSignal | undefined,
  { isLegacy = false, team }: HashOptions,
): Promise<FileHash | Later<FileHash>> {
  return (
    (await team?.begin({ source: location, isLegacy }, signal)) ??
    hashLargeFile(location, signal, isLegacy)
  )
}

/** From this many files on, what is known of them is read in one go. */
const walkCount = 200
/** So many parts of a folder are under way at a time, of 64 files each. */
const partLimit = 64

/** How a folder is read. */
export interface FolderOptions extends HashOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * The content of a folder, from the hash of each file in it.
 *
 * @param hash - what it gives later is waited for at the end, or ended by its signal after a failure
 */
export async function collectFolder(
  location: string,
  { ignore, isLegacy = false, skipsMembers = false, hashes, signal }: FolderOptions,
  hash: (files: readonly Unread[], underWay: UnderWay) => Promise<Later<readonly FileHash[]>>,
): Promise<PathContent> {
  const paths = listFiles(location, ignore)
  if (paths.length >= walkCount) hashes?.walk(location)
  const members: Member[] = []
  const manifest = beginManifestHash()
  let sizeBytes = 0
  await using underWay = openUnderWay(signal)
  const waiting: (readonly [paths: readonly string[], hashed: Later<readonly FileHash[]>])[] = []
  /** The order counts. */
  const takeFirst = async (): Promise<void> => {
    const [part, hashed] = waiting.shift()!
    for (const [i, { md5, sizeBytes: size }] of (await hashed.done).entries()) {
      const member = { path: part[i]!, md5 }
      manifest.add(member)
      if (!skipsMembers) members.push(member)
      sizeBytes += size
    }
  }
  for (let i = 0; i < paths.length; i += packCount) {
    // Signals and timers get their turn between blocking reads.
    await new Promise((resolve) => setImmediate(resolve))
    underWay.signal.throwIfAborted()
    const part = paths.slice(i, i + packCount)
    const files = part.map((path) => ({ location: `${location}/${path}` }))
    waiting.push([part, await hash(files, underWay)])
    if (waiting.length >= partLimit) await takeFirst()
  }
  while (waiting.length > 0) await takeFirst()
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
  { isLegacy = false, hashes, team, sizeBytes }: HashOptions & { readonly sizeBytes?: number } = {},
): Promise<FileHash> {
  signal?.throwIfAborted()
  const sighting = hashes?.look(location, isLegacy, sizeBytes)
  if (sighting?.md5 !== undefined) return { md5: sighting.md5, sizeBytes: sighting.sizeBytes }
  const small = readSmallFile(location)
  const hashed =
    small === undefined
      ? await whenDone(await beginLarge(location, signal, { isLegacy, team }))
      : { md5: digestPiece(small, isLegacy), sizeBytes: small.length }
  if (sighting !== undefined) hashes?.remember(location, sighting, hashed.md5)
  return hashed
}
