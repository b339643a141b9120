import { isInCache } from '../cache/cache-store.ts'
import {
  commandAsRecorded,
  type Fingerprint,
  type PipelineLock,
  type StageRecord,
} from '../stages/dvc-lock.ts'
import { hashPath, type PathContent } from '../cache/hash-file.ts'
import { selectParameters } from '../stages/parameter-values.ts'
import { readParameterFile } from '../repository/pipeline-file.ts'
import type { StageState } from './plan.ts'
import type { Stage, StagePath } from '../stages/stage.ts'
import type { Workspace } from '../repository/workspace-file.ts'
import type { YamlValue } from '../yaml/yaml-value.ts'

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

/** Hashes everything a stage reads and writes, and looks up what was recorded. */
export async function observeStage(
  stage: Stage,
  workspace: Workspace,
  { lock, signal }: { readonly lock: PipelineLock; readonly signal: AbortSignal | undefined },
): Promise<Observation> {
  const record = lock.records.get(stage.name)
  const inputs = await observeInputs(stage, workspace, signal)
  const contents = await hashPaths(stage.outputs, signal)
  const outputs = new Map(
    stage.outputs.map(({ path }) => [path, contents.get(path)?.fingerprint] as const),
  )
  const isRestorable = await canRestore(stage, record, outputs, workspace)
  const command = commandAsRecorded(stage.command)
  return { record, command, ...inputs, outputs, contents, isRestorable }
}

/** @throws {ToolkitError} `PIPELINE_INVALID` when a parameter file cannot be read */
export async function observeInputs(
  stage: Stage,
  workspace: Workspace,
  signal: AbortSignal | undefined,
): Promise<ObservedInputs> {
  const contents = await hashPaths(stage.dependencies, signal)
  const dependencies = new Map(
    stage.dependencies.map(({ path }) => [path, contents.get(path)?.fingerprint] as const),
  )
  const parameters = new Map<string, ReadonlyMap<string, YamlValue> | undefined>()
  for (const { path, location, keys } of stage.parameters) {
    const values = await readParameterFile(location, workspace)
    parameters.set(path, values && selectParameters(values, keys))
  }
  return { dependencies, parameters }
}

/** The content of the paths that exist. */
export async function hashPaths(
  paths: readonly StagePath[],
  signal: AbortSignal | undefined,
): Promise<Map<string, PathContent>> {
  const contents = new Map<string, PathContent>()
  for (const { path, location } of paths) {
    const content = await hashPath(location, signal)
    if (content !== undefined) contents.set(path, content)
  }
  return contents
}

/** Whether all that is missing or differs was cached and is still in the cache. */
async function canRestore(
  stage: Stage,
  record: StageRecord | undefined,
  outputs: ReadonlyMap<string, Fingerprint | undefined>,
  workspace: Workspace,
): Promise<boolean> {
  for (const { path, isCached } of stage.outputs) {
    const recorded = record?.outputs.get(path)?.md5
    if (recorded !== undefined && outputs.get(path)?.md5 === recorded) continue
    if (recorded === undefined || !isCached || !(await isInCache(workspace, recorded))) return false
  }
  return true
}
