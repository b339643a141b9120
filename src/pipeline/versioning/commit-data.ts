/** Records what is in the work tree: as if the stages had just made it. */

import { relative, resolve } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Cache } from '../cache/cache.ts'
import { openLockFiles, type LockFiles } from '../repository/dvc-lock-file.ts'
import { openParameterFiles } from '../repository/parameter-file.ts'
import type { Repository } from '../repository/repository.ts'
import { lockLocation, readPipeline, readRecords } from '../repository/snapshot.ts'
import { readTextNow } from '../repository/text-file.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import { observeStage, type Observation } from '../run/observe.ts'
import { decideStage } from '../run/plan.ts'
import { createAddressReader } from '../run/read-address.ts'
import type { Pipeline } from '../stages/parse-pipeline.ts'
import { isWithin, nameStage, orderStages } from '../stages/graph.ts'
import { indexOutputs } from '../stages/path-index.ts'
import { legacyHashesOf } from '../run/check-inputs.ts'
import { rememberRun } from '../run/run-cache.ts'
import type { StageResult } from '../stages/dvc-lock.ts'
import type { Fingerprint, StageRecord } from '../stages/record.ts'
import type { Stage } from '../stages/stage.ts'
import { selectStages } from '../stages/targets.ts'
import type { YamlValue } from '../yaml/yaml-value.ts'
import { hashOf } from './data-hash.ts'
import { findGitTracked } from './data-path-file.ts'
import { updateDataFile } from './format-data-file.ts'
import { importChange } from './import-record.ts'
import { hideFromGit } from './ignore-lines.ts'
import { rememberPlaced } from './placed-store.ts'
import { checkRefusals, type Refusal } from './refusals.ts'
import { stageFileOf } from './stage-file.ts'

/** What to record, and how. */
export interface CommitOptions {
  /** Stages, `*.dvc` files, outputs or paths in them; none means everything. */
  readonly targets?: readonly string[]
  /** Also the stages that the named ones read from. */
  readonly withDependencies?: boolean
  /** A folder stands for everything below it. */
  readonly isRecursive?: boolean
  /** Records also what differs from the present record. */
  readonly isForced?: boolean
  /** Leaves what is in the work tree as it is, whatever links the settings ask for. */
  readonly skipsLinks?: boolean
}

/** What was recorded. */
export interface CommitResult {
  /** Stages and `*.dvc` files whose record changed. */
  readonly changed: readonly string[]
  /** Absolute paths of the files that were written for git. */
  readonly written: readonly string[]
}

/**
 * Copies outputs into the cache and, with force, records them and the inputs of their stages as
 * they are. Without force, what differs from its record is refused before anything is written.
 * To be used while the repository's lock is held.
 *
 * @throws {ToolkitError} `DATA_UNSAVED` naming all that differs, `FILE_MISSING`, `PATH_FORBIDDEN`
 * when git tracks an output, `PATH_UNTRACKED`, `PIPELINE_INVALID`
 */
export async function commitData(
  repository: Repository,
  cache: Cache,
  options: CommitOptions = {},
): Promise<CommitResult> {
  const snapshot = openWorktree(repository)
  const pipeline = readPipeline(snapshot)
  const records = readRecords(pipeline.stages, snapshot)
  const stages = findStages(pipeline, repository, options)
  const world = {
    cache,
    parameterFiles: openParameterFiles(repository),
    readAddress: createAddressReader({ config: repository.config }),
  }
  const observed: ObservedStage[] = []
  for (const stage of stages) {
    const record = records.get(stage)
    const observation = await observeStage(stage, record, world)
    observed.push({ stage, record, observation, isChanged: isChanged(stage, observation) })
  }
  checkComplete(observed, repository)
  if (options.isForced !== true) checkUnchanged(observed)
  const locks = openLockFiles(repository, pipeline.stages)
  const scope = { repository, cache, locks, isLinked: options.skipsLinks !== true }
  const written = new Set<string>()
  for (const item of observed) {
    for (const path of await commitStage(item, scope)) written.add(path)
    const isAnew = options.isForced === true && !item.isChanged
    for (const path of isAnew ? await recordAnew(item, scope) : []) written.add(path)
  }
  const changed = observed.filter((item) => item.isChanged).map(({ stage }) => stage.address)
  return { changed, written: [...written] }
}

interface ObservedStage {
  readonly stage: Stage
  readonly record: StageRecord | undefined
  readonly observation: Observation
  readonly isChanged: boolean
}

function findStages(
  pipeline: Pipeline,
  repository: Repository,
  { targets = [], withDependencies, isRecursive }: CommitOptions,
): readonly Stage[] {
  if (targets.length === 0) return pipeline.stages
  const found = new Set<Stage>()
  for (const target of targets) {
    for (const stage of stagesNamed(target, pipeline, { repository, isRecursive })) found.add(stage)
  }
  return withDependencies === true ? orderStages([...found], pipeline.upstream) : [...found]
}

function stagesNamed(
  target: string,
  pipeline: Pipeline,
  scope: { readonly repository: Repository; readonly isRecursive: boolean | undefined },
): Stage[] {
  const location = resolve(scope.repository.directory, target)
  const holding = indexOutputs(pipeline.stages).holding(location)
  if (holding.length > 0) return holding.map(({ stage }) => stage)
  const below = pipeline.stages.filter(({ outputs }) =>
    outputs.some((output) => isWithin(output.location, location)),
  )
  if (scope.isRecursive === true && below.length > 0) return below
  return selectStages(pipeline, [target], { ...scope.repository, takesFolders: true })
}

/** What is only not in the cache is the very thing that a commit mends. */
function isChanged(stage: Stage, observation: Observation): boolean {
  const { reasons } = decideStage(stage, observation)
  return reasons.some(({ kind }) => kind !== 'output-not-in-cache' && kind !== 'always-changed')
}

/** @throws {ToolkitError} `FILE_MISSING`, `PATH_FORBIDDEN` */
function checkComplete(observed: readonly ObservedStage[], repository: Repository): void {
  const cached = observed.flatMap(({ stage }) => stage.outputs.filter(({ isCached }) => isCached))
  const locations = cached.map(({ location }) => location)
  const gitTracked = findGitTracked(repository.gitRoot, locations)
  checkRefusals(observed.flatMap((item) => refusalsOf(item, gitTracked)))
}

function refusalsOf(
  { stage, observation }: ObservedStage,
  gitTracked: ReadonlySet<string>,
): Refusal[] {
  const missing = [
    ...stage.outputs.filter(({ path }) => observation.outputs.get(path) === undefined),
    ...stage.dependencies.filter(
      // The source of an import may be anywhere, and is only looked at by `update`.
      ({ path }) =>
        stage.data?.isImport !== true && observation.dependencies.get(path) === undefined,
    ),
    ...stage.parameters.filter(({ path }) => observation.parameters.get(path) === undefined),
  ].map(({ path }): Refusal => ({
    code: 'FILE_MISSING',
    path,
    message: `'${path}' of ${nameStage(stage)} does not exist`,
    hint: 'make it first, or get it back with: mlpt checkout',
  }))
  const tracked = stage.outputs
    .filter(({ location }) => gitTracked.has(location))
    .map(({ path }): Refusal => ({
      code: 'PATH_FORBIDDEN',
      path,
      message: `'${path}' of ${nameStage(stage)} is tracked by git`,
      hint: `stop that first: git rm -r --cached '${path}'`,
    }))
  return [...missing, ...tracked]
}

/** @throws {ToolkitError} `DATA_UNSAVED` */
function checkUnchanged(observed: readonly ObservedStage[]): void {
  const names = observed.filter((item) => item.isChanged).map(({ stage }) => stage.address)
  if (names.length === 0) return
  const list = names.map((name) => `'${name}'`).join(', ')
  const verb = names.length === 1 ? 'differs from its record' : 'differ from their records'
  throw new ToolkitError('DATA_UNSAVED', `${list} ${verb}, which would be replaced`, {
    hint: 'look at it with: mlpt status; record it with: mlpt commit --force',
    details: { stages: names },
  })
}

interface CommitScope {
  readonly repository: Repository
  readonly cache: Cache
  readonly locks: LockFiles
  /** Whether the work tree gets the links that the settings ask for. */
  readonly isLinked: boolean
}

async function commitStage(item: ObservedStage, scope: CommitScope): Promise<string[]> {
  const { stage } = item
  const { repository, cache, isLinked } = scope
  const written: string[] = []
  const outputs = new Map<string, Fingerprint>()
  const legacy = legacyOutputsOf(item)
  for (const output of stage.outputs) {
    const { path, location, isCached } = output
    const content = item.observation.contents.get(path)
    if (content === undefined) continue
    outputs.set(path, content.fingerprint)
    if (!isCached || legacy.has(path)) continue
    const saved = await cache.add(location)
    if (saved === undefined) continue
    outputs.set(path, saved.fingerprint)
    if (isLinked) await cache.link(location, saved)
    written.push(...(await hideFromGit(repository, location)))
  }
  if (item.isChanged) written.push(await writeRecord(item, outputs, scope))
  await rememberPlaced(
    repository,
    stage.outputs
      .filter(({ isCached }) => isCached)
      .map(({ path, location }) => ({ location, md5: outputs.get(path)?.md5 })),
  )
  return written
}

/** Outputs that are as DVC 2 recorded them, with its hash: they stay in the old cache. */
function legacyOutputsOf({ stage, record, observation }: ObservedStage): Map<string, string> {
  const legacy = new Map<string, string>()
  for (const { path, isCached } of stage.outputs) {
    const md5 = record?.outputs.get(path)?.md5
    const isKept = !isCached || observation.inCache.has(path)
    if (md5 !== undefined && observation.alike.has(path) && isKept) legacy.set(path, md5)
  }
  return legacy
}

async function writeRecord(
  item: ObservedStage,
  outputs: ReadonlyMap<string, Fingerprint>,
  { repository, cache, locks }: CommitScope,
): Promise<string> {
  const { stage, record, observation } = item
  if (stage.data === undefined) {
    const result = resultOf(item, outputs)
    await locks.update(stage, result)
    await rememberRun(stage, result, { repository, cache }, true)
    return lockLocation(repository.root, stage)
  }
  const path = stageFileOf(repository, stage)
  const text = readTextNow(path) ?? ''
  const changed = [...outputs].filter(([name]) => isOther(name, record, observation))
  const hashes = new Map(changed.map(([name, fingerprint]) => [name, hashOf(fingerprint)] as const))
  const next = updateDataFile(text, relative(repository.directory, path), {
    outputs: hashes,
    ...importChange(stage, observation),
  })
  if (next !== text) await writeFileAtomically(path, next)
  return path
}

/**
 * An unchanged stage as dvc.yaml has it now, as DVC does: what it no longer reads goes. What was run
 * with other flags is known to the run cache from here on.
 */
async function recordAnew(item: ObservedStage, scope: CommitScope): Promise<string[]> {
  const { stage, observation } = item
  if (stage.data !== undefined) {
    return stage.data.isImport ? [await writeRecord(item, new Map(), scope)] : []
  }
  const result = resultOf(item, withoutAbsent(observation.outputs))
  const isLegacy = stage.outputs.some(({ path }) => observation.alike.has(path))
  if (!isLegacy) await scope.locks.update(stage, result)
  await rememberRun(stage, result, scope, true)
  return []
}

function resultOf(item: ObservedStage, outputs: ReadonlyMap<string, Fingerprint>): StageResult {
  const { observation } = item
  return {
    dependencies: withoutAbsent(observation.dependencies),
    parameters: withoutAbsent(observation.parameters),
    outputs,
    legacyHashes: new Map([...legacyHashesOf(observation), ...legacyOutputsOf(item)]),
  }
}

/** What is as DVC 2 recorded it stays as it was recorded. */
function isOther(name: string, record: StageRecord | undefined, { alike }: Observation): boolean {
  return !(alike.has(name) && record?.outputs.get(name)?.isLegacy === true)
}

function withoutAbsent<V extends Fingerprint | ReadonlyMap<string, YamlValue>>(
  values: ReadonlyMap<string, V | undefined>,
): Map<string, V> {
  return new Map(
    [...values].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  )
}
