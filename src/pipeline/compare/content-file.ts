/** The files of a work tree or a revision together with what only the cache has of them. */

import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { parseManifest } from '../cache/hash-file.ts'
import { createYamlParser } from '../repository/parsed-yaml-store.ts'
import type { Repository } from '../repository/repository.ts'
import type { History } from '../repository/revision-process.ts'
import { readPipeline, readRecords, type Snapshot } from '../repository/snapshot.ts'
import { isAbsent, readError, isFolderNow, listFolderNow } from '../repository/text-file.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import type { Pipeline } from '../stages/parse-pipeline.ts'
import { indexOutputs } from '../stages/path-index.ts'
import type { RecordedPath, StageRecord } from '../stages/record.ts'
import type { Stage } from '../stages/stage.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** A repository at one moment, with its data. */
export interface Content {
  /** 'workspace', or the revision as it was asked for. */
  readonly name: string
  readonly snapshot: Snapshot
  readonly pipeline: Pipeline
  readonly records: ReadonlyMap<Stage, StageRecord>
  /**
   * What a file holds, from the tree, else from the cache by what is recorded; `undefined` when neither has it.
   *
   * @throws {ToolkitError} `FILE_READ_FAILED`, `CACHE_OBJECT_DAMAGED`
   */
  readonly read: (location: string) => Uint8Array | undefined
  /** Says what will be read: of a revision it is then read in one go. */
  readonly prefetch: (locations: readonly string[]) => void
  /** Absolute paths of the files in a folder, at any depth, in order; `undefined` when it is none. */
  readonly list: (location: string) => readonly string[] | undefined
}

/** The name of the work tree among revisions. */
export const workspaceName = 'workspace'

/**
 * Opens the work tree, for the name 'workspace', or a git revision.
 *
 * @param openHistory - called for revisions only, because a repository without git has none
 * @throws {ToolkitError} `PIPELINE_INVALID`, `PIPELINE_CYCLE`, `REVISION_UNKNOWN`, `GIT_FAILED`
 */
export function openContent(
  repository: Repository,
  name: string,
  openHistory: () => History,
): Content {
  const tree =
    name === workspaceName
      ? worktreeFiles(repository)
      : revisionFiles(name, openHistory(), repository)
  const pipeline = readPipeline(tree.snapshot)
  const records = readRecords(pipeline.stages, tree.snapshot)
  const cached = openCached(repository, pipeline, records)
  return {
    name,
    snapshot: tree.snapshot,
    pipeline,
    records,
    read: (location) => tree.read(location) ?? cached.read(location),
    prefetch: tree.prefetch,
    list: (location) => {
      const own = tree.list(location)
      const kept = tree.read(location) === undefined ? cached.list(location) : undefined
      if (own === undefined && kept === undefined) return undefined
      return [...new Set([...(own ?? []), ...(kept ?? [])])].sort(compareCodePoints)
    },
  }
}

interface Tree extends Pick<Content, 'prefetch'> {
  readonly snapshot: Snapshot
  readonly read: (location: string) => Uint8Array | undefined
  readonly list: (location: string) => readonly string[] | undefined
}

function revisionFiles(name: string, history: History, { stateFolder }: Repository): Tree {
  const snapshot = history.open(name)
  return {
    snapshot: { ...snapshot, parseYaml: createYamlParser(stateFolder, false) },
    read: snapshot.readBytes,
    prefetch: snapshot.prefetch,
    list: (location) => {
      const files = snapshot.listFiles(location).filter((file) => file !== location)
      return files.length === 0 ? undefined : files
    },
  }
}

function worktreeFiles(repository: Repository): Tree {
  return {
    snapshot: openWorktree(repository),
    read: readFileNow,
    prefetch: () => {},
    list: (location) => (isFolderNow(location) ? listFiles(location, repository) : undefined),
  }
}

function readFileNow(location: string): Uint8Array | undefined {
  try {
    return isFolderNow(location) ? undefined : readFileSync(location)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw readError(location, error)
  }
}

function listFiles(folder: string, repository: Repository): string[] {
  return listFolderNow(folder).flatMap((entry) => {
    const location = join(folder, entry.name)
    if (repository.ignore.isIgnored(location, entry.isDirectory())) return []
    return entry.isDirectory() ? listFiles(location, repository) : [location]
  })
}

/** What is recorded of paths, read from the cache. */
interface Cached {
  readonly read: (location: string) => Uint8Array | undefined
  readonly list: (location: string) => readonly string[] | undefined
}

function openCached(
  { cacheFolder }: Repository,
  pipeline: Pipeline,
  records: ReadonlyMap<Stage, StageRecord>,
): Cached {
  const index = indexOutputs(pipeline.stages)
  const recordOf = (location: string): Recorded | undefined => {
    const [owner] = index.holding(location)
    if (owner === undefined) return undefined
    const recorded = records.get(owner.stage)?.outputs.get(owner.output.path)
    return recorded && { recorded, location: owner.output.location }
  }
  return {
    read: (location) => {
      const owner = recordOf(location)
      const object = owner && objectOf(cacheFolder, owner, location)
      return object && readObject(cacheFolder, object)
    },
    list: (location) => {
      const owner = recordOf(location)
      if (owner === undefined) return undefined
      const files = membersOf(cacheFolder, owner.recorded)?.map(({ path }) =>
        join(owner.location, path),
      )
      const below = files?.filter((file) => file.startsWith(location + sep))
      return below?.length === 0 ? undefined : below
    },
  }
}

/** The output that holds a path, and what is recorded of it. */
interface Recorded {
  readonly recorded: RecordedPath
  readonly location: string
}

function objectOf(
  cacheFolder: string,
  { recorded, location: owner }: Recorded,
  location: string,
): CacheObject | undefined {
  const { md5, isLegacy } = recorded
  if (md5 === undefined) return undefined
  if (owner === location) return md5.endsWith('.dir') ? undefined : { md5, isLegacy }
  const path = relativePosix(owner, location)
  const member = membersOf(cacheFolder, recorded)?.find((each) => each.path === path)
  return member && { md5: member.md5, isLegacy }
}

/** One object of the cache. */
export interface CacheObject {
  readonly md5: string
  /** Kept by DVC 2: elsewhere, and named by a hash of text with its line ends changed. */
  readonly isLegacy: boolean
}

/** One file of a folder, as its manifest names it. */
export interface CachedMember {
  /** From the folder, with forward slashes. */
  readonly path: string
  readonly md5: string
}

/** The files of a recorded folder; `undefined` when it is no folder or the cache has no manifest of it. */
export function membersOf(
  cacheFolder: string,
  { md5, isLegacy }: Pick<RecordedPath, 'md5' | 'isLegacy'>,
): readonly CachedMember[] | undefined {
  if (md5 === undefined || !md5.endsWith('.dir')) return undefined
  const bytes = readObject(cacheFolder, { md5, isLegacy })
  return bytes && parseManifest(Buffer.from(bytes).toString('utf8'))
}

/** Whether the cache has an object; nothing is hashed. */
export function hasObject(cacheFolder: string, object: CacheObject): boolean {
  const path = objectPath(cacheFolder, object)
  return path !== undefined && statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function readObject(cacheFolder: string, object: CacheObject): Uint8Array | undefined {
  const path = objectPath(cacheFolder, object)
  const bytes = path === undefined ? undefined : readFileNow(path)
  if (bytes === undefined || object.isLegacy) return bytes
  const actual = createHash('md5').update(bytes).digest('hex')
  if (actual === object.md5.replace(/\.dir$/, '')) return bytes
  throw new ToolkitError('CACHE_OBJECT_DAMAGED', `'${path}' does not hold what its name says`, {
    hint: 'remove it, then fetch it again or run its stage again',
    details: { path, expected: object.md5, actual },
  })
}

/** A name that is no hash, from a file that anyone may have written, leads nowhere. */
function objectPath(cacheFolder: string, { md5, isLegacy }: CacheObject): string | undefined {
  if (!/^[0-9a-f]{32}(?:\.dir)?$/.test(md5)) return undefined
  const folder = isLegacy ? cacheFolder : join(cacheFolder, 'files', 'md5')
  return join(folder, md5.slice(0, 2), md5.slice(2))
}
