import { isAbsolute } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import type { PathContent } from '../cache/hash-file.ts'
import type { ParameterFiles } from '../repository/parameter-file.ts'
import { commandAsRecorded } from '../stages/dvc-lock.ts'
import { selectParameters } from '../parameters/select-parameters.ts'
import type { Fingerprint, RecordedPath, StageRecord } from '../stages/record.ts'
import type { Stage, StagePath } from '../stages/stage.ts'
import type { YamlValue } from '../yaml/yaml-value.ts'
import type { StageState } from './plan.ts'
import { assumeAbsent, readAddresses, type ReadAddress } from './read-address.ts'

/** What a stage reads, as it is on disk now. */
export interface ObservedInputs {
  readonly dependencies: ReadonlyMap<string, Fingerprint | undefined>
  readonly parameters: ReadonlyMap<string, ReadonlyMap<string, YamlValue> | undefined>
}

/** What is on disk for a stage, with the content that the cache may take. */
export interface Observation extends StageState {
  /** Content of the outputs that exist, by path. */
  readonly contents: ReadonlyMap<string, PathContent>
}

/** What is asked of the cache. */
export type ObservedCache = Pick<Cache, 'hash' | 'has'>

/** Where stages are looked at. */
export interface ObservedWorld {
  readonly cache: ObservedCache
  readonly parameterFiles: ParameterFiles
  readonly readAddress: ReadAddress
}

/** Hashes everything a stage reads and writes, and compares it with what was recorded. */
export async function observeStage(
  stage: Stage,
  record: StageRecord | undefined,
  world: ObservedWorld,
): Promise<Observation> {
  const { cache } = world
  const inputs = await observeInputs(stage, world)
  const contents = await hashPaths(stage.outputs, cache)
  const outputs = fingerprintsOf(stage.outputs, contents)
  const alike = new Set([
    ...(await findAlike(stage.dependencies, record?.dependencies, cache)),
    ...(await findAlike(stage.outputs, record?.outputs, cache)),
  ])
  const inCache = await findInCache(stage, record, cache)
  return {
    record,
    command: stage.command === undefined ? undefined : commandAsRecorded(stage.command),
    ...inputs,
    outputs,
    contents,
    alike,
    inCache,
  }
}

/**
 * @throws {ToolkitError} `PIPELINE_INVALID` when a parameter file cannot be read; of an address what
 * `readAddress` throws
 */
export async function observeInputs(stage: Stage, world: ObservedWorld): Promise<ObservedInputs> {
  const atAddresses = await observeAddresses(stage, world)
  const dependencies = new Map<string, Fingerprint | undefined>()
  for (const { path, location } of stage.dependencies) {
    const found = isAbsolute(location)
      ? (await world.cache.hash(location, { skipsMembers: true }))?.fingerprint
      : atAddresses.get(location)
    dependencies.set(path, found)
  }
  const parameters = new Map<string, ReadonlyMap<string, YamlValue> | undefined>()
  for (const { path, location, keys } of stage.parameters) {
    const values = world.parameterFiles.read(location)
    parameters.set(path, values && selectParameters(values, keys, path))
  }
  return { dependencies, parameters }
}

async function observeAddresses(
  stage: Stage,
  { readAddress }: Pick<ObservedWorld, 'readAddress'>,
): Promise<ReadonlyMap<string, Fingerprint | undefined>> {
  const addresses = addressesOf(stage)
  // A frozen stage does not run, so it needs no answer.
  const read = stage.isFrozen ? assumeAbsent(readAddress) : readAddress
  const found = await readAddresses(read, addresses)
  return new Map(addresses.map((address, at) => [address, found[at]]))
}

/** The addresses that a stage reads. What is imported from elsewhere is only looked at by `update`. */
export function addressesOf({ data, dependencies }: Stage): readonly string[] {
  if (data !== undefined) return []
  return dependencies.map(({ location }) => location).filter((location) => !isAbsolute(location))
}

/** The content of the paths that exist. */
export async function hashPaths(
  paths: readonly StagePath[],
  cache: ObservedCache,
): Promise<Map<string, PathContent>> {
  const contents = new Map<string, PathContent>()
  for (const { path, location } of paths) {
    const content = await cache.hash(location)
    if (content !== undefined) contents.set(path, content)
  }
  return contents
}

function fingerprintsOf(
  paths: readonly StagePath[],
  contents: ReadonlyMap<string, PathContent>,
): Map<string, Fingerprint | undefined> {
  return new Map(paths.map(({ path }) => [path, contents.get(path)?.fingerprint] as const))
}

/** Paths that are as recorded by DVC 2, whose hashes of text are others. */
export async function findAlike(
  paths: readonly StagePath[],
  recorded: ReadonlyMap<string, RecordedPath> | undefined,
  cache: ObservedCache,
): Promise<string[]> {
  const found: string[] = []
  for (const { path, location } of paths) {
    const entry = recorded?.get(path)
    if (entry?.isLegacy !== true || entry.md5 === undefined || !isAbsolute(location)) continue
    const content = await cache.hash(location, { isLegacy: true, skipsMembers: true })
    if (content?.fingerprint.md5 === entry.md5) found.push(path)
  }
  return found
}

/** Recorded outputs whose content is in the cache; what is not cached may be there for the run cache. */
async function findInCache(
  stage: Stage,
  record: StageRecord | undefined,
  cache: ObservedCache,
): Promise<Set<string>> {
  const found = new Set<string>()
  for (const { path } of stage.outputs) {
    const entry = record?.outputs.get(path)
    if (entry?.md5 === undefined) continue
    if (await cache.has(entry.md5, { isLegacy: entry.isLegacy })) found.add(path)
  }
  return found
}
