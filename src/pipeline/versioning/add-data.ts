/** Takes files and folders into the cache, each with a `*.dvc` file beside it that says what it is. */

import { basename, join, relative } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import type { Cache } from '../cache/cache.ts'
import type { PathContent } from '../cache/hash-file.ts'
import type { Member } from '../cache/manifest.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline } from '../repository/snapshot.ts'
import { readTextNow } from '../repository/text-file.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import { dataFileFor } from '../stages/parse-data-file.ts'
import { indexOutputs, type OwnedOutput } from '../stages/path-index.ts'
import type { RecordedPath } from '../stages/record.ts'
import { findAddTargets, missingError, type AddOptions, type AddTarget } from './add-targets.ts'
import { hashOf } from './data-hash.ts'
import { kindOf } from './data-path-file.ts'
import { updateFolder, type RecordedFolder } from './folder-update.ts'
import { formatDataFile, updateDataFile, type DataHash } from './format-data-file.ts'
import { hideFromGit } from './ignore-lines.ts'
import { readMembers, saveManifest } from './manifest-store.ts'
import { rememberPlaced } from './placed-store.ts'
import { relativePosix } from '../stages/posix-path.ts'

export type { AddOptions } from './add-targets.ts'

/** What became of one path. */
export interface AddedData {
  /** The output, from the folder the command works in. */
  readonly path: string
  /** Its `*.dvc` file, likewise. */
  readonly dataFile: string
  readonly md5: string
  readonly sizeBytes: number | undefined
  readonly fileCount: number | undefined
}

/** What was added, and what git should know of. */
export interface AddResult {
  readonly added: readonly AddedData[]
  /** Absolute paths of the files that were written for git. */
  readonly written: readonly string[]
}

/**
 * Adds data, or records anew what was added before. A path inside of a tracked folder updates the
 * folder's record for that part only. To be used while the repository's lock is held.
 *
 * All objects are in the cache before the first `*.dvc` file is written; each of those is written
 * whole, and after the line in `.gitignore`.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `PATH_FORBIDDEN` with all paths that cannot be added,
 * `PIPELINE_INVALID`, `FILE_READ_FAILED`, `FILE_WRITE_FAILED`; nothing is added then
 */
export async function addData(
  repository: Repository,
  cache: Cache,
  options: AddOptions,
): Promise<AddResult> {
  const pipeline = readPipeline(openWorktree(repository))
  const outputs = indexOutputs(pipeline.stages)
  const targets = findAddTargets(repository, outputs, options)
  const taken = new Map<string, TakenOutput>()
  const scope = { repository, cache, options }
  for (const target of targets) {
    if (target.source !== undefined && options.send === undefined) {
      await copyIntoPlace(target.source, target, scope)
    }
    await takeOver(target, taken, scope)
  }
  return writeDown([...taken.values()], repository, options.send === undefined)
}

/** Through the cache, so that what gets there is what was read. */
async function copyIntoPlace(
  source: string,
  { location }: AddTarget,
  { cache }: AddScope,
): Promise<void> {
  const content = await cache.add(source)
  if (content === undefined) throw missingError(source)
  const { md5, isExecutable } = content.fingerprint
  await cache.restore(md5, { location, isExecutable })
}

/** An output whose record changes. */
interface TakenOutput {
  readonly location: string
  readonly known: OwnedOutput | undefined
  readonly hash: DataHash
  /** Of a folder. */
  readonly members: readonly Member[] | undefined
}

interface AddScope {
  readonly repository: Repository
  readonly cache: Cache
  readonly options: AddOptions
}

async function takeOver(
  target: AddTarget,
  taken: Map<string, TakenOutput>,
  scope: AddScope,
): Promise<void> {
  const { location, known } = target
  const outer = known?.output.location ?? location
  const isPart = known !== undefined && location !== outer && !recordOf(known)?.isLegacy
  if (isPart) {
    taken.set(outer, await takePart(target, known, taken.get(outer), scope))
    return
  }
  taken.set(outer, await takeWhole(target, outer, scope))
}

function recordOf({ stage, output }: OwnedOutput): RecordedPath | undefined {
  return stage.data?.record.outputs.get(output.path)
}

async function takeWhole(
  { path, known, source }: AddTarget,
  location: string,
  scope: AddScope,
): Promise<TakenOutput> {
  const { send } = scope.options
  if (send !== undefined && source !== undefined) {
    const sent = await scope.cache.hash(source)
    if (sent === undefined) throw missingError(source)
    await send(source, sent)
    return { location, known, hash: hashOf(sent.fingerprint), members: sent.members }
  }
  const recorded = known && recordOf(known)
  if (recorded?.isLegacy === true) {
    const same = await findSameAsLegacy(location, recorded, scope.cache)
    if (same !== undefined) {
      const hash = { ...hashOf(same.fingerprint), isLegacy: true }
      return { location, known, hash, members: same.members }
    }
  }
  const content = await takeContent(location, known, scope)
  if (content === undefined) throw missingError(path)
  return { location, known, hash: hashOf(content.fingerprint), members: content.members }
}

/** Hashes a path and, unless only its record is asked for, copies it into the cache. */
async function takeContent(
  location: string,
  known: OwnedOutput | undefined,
  { cache, options }: AddScope,
): Promise<PathContent | undefined> {
  if (options.skipsCache === true || known?.output.isCached === false) return cache.hash(location)
  const content = await cache.add(location)
  const isLinked = content !== undefined && options.skipsLinks !== true
  if (isLinked) await cache.link(location, content)
  return content
}

/** DVC keeps the record of version 2 for as long as the data is the same. */
async function findSameAsLegacy(
  location: string,
  { md5 }: RecordedPath,
  cache: Cache,
): Promise<PathContent | undefined> {
  if (md5 === undefined) return undefined
  const content = await cache.hash(location, { isLegacy: true })
  const isKept = content?.fingerprint.md5 === md5 && (await cache.has(md5, { isLegacy: true }))
  return isKept ? content : undefined
}

async function takePart(
  { path, location }: AddTarget,
  known: OwnedOutput,
  before: TakenOutput | undefined,
  { repository, cache, options }: AddScope,
): Promise<TakenOutput> {
  const outer = known.output.location
  const content =
    kindOf(location) === 'nothing'
      ? undefined
      : await takeContent(location, known, { repository, cache, options })
  const { members, hash, hadPart } = updateFolder(recordedFolder(known, before, repository), {
    path: relativePosix(outer, location),
    members:
      content === undefined
        ? []
        : (content.members ?? [{ path: '', md5: content.fingerprint.md5 }]),
    sizeBytes: content?.fingerprint.sizeBytes,
  })
  if (content === undefined && !hadPart) throw missingError(path)
  if (options.skipsCache !== true && known.output.isCached) {
    await saveManifest(repository, members)
  }
  return { location: outer, known, hash, members }
}

function recordedFolder(
  known: OwnedOutput,
  before: TakenOutput | undefined,
  repository: Repository,
): RecordedFolder {
  if (before?.members !== undefined) {
    const { value, sizeBytes } = before.hash
    return { md5: value, sizeBytes, members: before.members }
  }
  const recorded = recordOf(known)
  if (recorded?.md5 === undefined) return { md5: undefined, sizeBytes: undefined, members: [] }
  const { md5, sizeBytes } = recorded
  const members = readMembers(repository, { md5: recorded.md5 })
  return { md5, sizeBytes, members }
}

async function writeDown(
  outputs: readonly TakenOutput[],
  repository: Repository,
  isPlaced: boolean,
): Promise<AddResult> {
  const { root, directory } = repository
  const written = new Set<string>()
  const added: AddedData[] = []
  for (const { location, known, hash } of outputs) {
    const dataFile = known === undefined ? dataFileFor(location) : join(root, known.stage.file)
    if (known?.output.isCached !== false) {
      for (const path of await hideFromGit(repository, location)) written.add(path)
    }
    if (await writeIfChanged(dataFile, nextText(dataFile, location, { known, hash, directory }))) {
      written.add(dataFile)
    }
    added.push({
      path: relative(directory, location),
      dataFile: relative(directory, dataFile),
      md5: hash.value ?? '',
      sizeBytes: hash.sizeBytes,
      fileCount: hash.fileCount,
    })
  }
  const placed = outputs.map(({ location, hash }) => ({ location, md5: hash.value }))
  await rememberPlaced(repository, isPlaced ? placed : [])
  return { added, written: [...written] }
}

/** An unchanged file keeps its time, and git need not hear of it. */
async function writeIfChanged(path: string, text: string): Promise<boolean> {
  if (readTextNow(path) === text) return false
  await writeFileAtomically(path, text)
  return true
}

interface NextRecord {
  readonly known: OwnedOutput | undefined
  readonly hash: DataHash
  readonly directory: string
}

function nextText(
  dataFile: string,
  location: string,
  { known, hash, directory }: NextRecord,
): string {
  const text = known && readTextNow(dataFile)
  if (known === undefined || text === undefined) {
    return formatDataFile({ output: { path: basename(location), hash } })
  }
  const outputs = new Map([[known.output.path, hash]])
  return updateDataFile(text, relative(directory, dataFile), { outputs })
}
