/** The run cache: what a stage gave for the same command, dependencies and parameters before. */

import { isWithin } from '../stages/graph.ts'
import { toEntry, type StageResult } from '../stages/dvc-lock.ts'
import type { Fingerprint, RecordedPath } from '../stages/record.ts'
import { isAddress } from '../stages/stage-path.ts'
import type { Stage } from '../stages/stage.ts'
import type { PresentInputs } from './check-inputs.ts'
import { hashPaths } from './observe.ts'
import { kindOf } from '../versioning/data-path-file.ts'
import { freeUncachedOutput } from './keep-outputs.ts'
import type { StageRun } from './stage-run.ts'

/** Restores the outputs of an earlier run with the same inputs and records it; false when there was none. */
export async function recallRun(
  stage: Stage,
  inputs: PresentInputs,
  run: StageRun,
): Promise<boolean> {
  if (!run.usesRunCache || !isEligible(stage, run.repository.root)) return false
  const { cache } = run
  for (const { outputs } of await cache.findRuns(
    toEntry(stage, { ...inputs, outputs: unknownOutputs(stage) }),
  )) {
    if (!(await areInCache(stage, outputs, run))) continue
    if (!(await restoreAll(stage, outputs, run))) continue
    const contents = await hashPaths(stage.outputs, cache)
    const restored = new Map(
      Array.from(contents, ([path, { fingerprint }]) => [path, fingerprint] as const),
    )
    await run.lockFiles.update(stage, { ...inputs, outputs: restored })
    return true
  }
  return false
}

/**
 * A command whose inputs and outputs are all known. As in DVC: with a dependency and an output,
 * nothing that persists, nothing outside of the repository, nothing from an address.
 */
function isEligible(stage: Stage, root: string): boolean {
  if (stage.command === undefined || stage.isAlwaysChanged) return false
  if (stage.dependencies.length + stage.parameters.length === 0) return false
  if (stage.outputs.length === 0) return false
  if (stage.dependencies.some(({ location }) => isAddress(location))) return false
  return stage.outputs.every(
    ({ isPersistent, location }) => !isPersistent && isWithin(location, root),
  )
}

/** Only the paths count where a run is looked up. */
function unknownOutputs(stage: Stage): Map<string, Fingerprint> {
  const unknown = { md5: '', sizeBytes: 0, fileCount: undefined, isExecutable: false }
  return new Map(stage.outputs.map(({ path }) => [path, unknown] as const))
}

async function areInCache(
  stage: Stage,
  outputs: ReadonlyMap<string, RecordedPath>,
  { cache }: StageRun,
): Promise<boolean> {
  for (const { path } of stage.outputs) {
    const md5 = outputs.get(path)?.md5
    if (md5 === undefined || !(await cache.has(md5))) return false
  }
  return true
}

async function restoreAll(
  stage: Stage,
  outputs: ReadonlyMap<string, RecordedPath>,
  run: StageRun,
): Promise<boolean> {
  const { cache, ignore } = run
  for (const output of stage.outputs) {
    const { path, location, isCached } = output
    const { md5, isExecutable = false } = outputs.get(path) ?? {}
    if (md5 === undefined || !(await cache.restore(md5, { location, isExecutable }))) return false
    freeUncachedOutput(output, run)
    if (isCached) await ignore(location)
  }
  return true
}

/**
 * Keeps what a stage gave for later runs with the same inputs.
 *
 * @param takesUncached - whether also when it has outputs that are not to be cached, which then
 * are all the same, as DVC does on a commit
 */
export async function rememberRun(
  stage: Stage,
  result: StageResult,
  { cache, repository }: Pick<StageRun, 'cache' | 'repository'>,
  takesUncached = false,
): Promise<void> {
  if (!isEligible(stage, repository.root)) return
  const isUncached = stage.outputs.some(({ kind, isCached }) => kind === 'out' && !isCached)
  if (isUncached && !takesUncached) return
  await keepUncached(stage, result, { cache, repository })
  await cache.saveRun(toEntry(stage, result))
}

/** Metrics and plots that are not cached are kept all the same, as DVC does: else the run could not be recalled. */
async function keepUncached(
  { outputs }: Stage,
  result: StageResult,
  { cache, repository }: Pick<StageRun, 'cache' | 'repository'>,
): Promise<void> {
  for (const output of outputs) {
    const { path, location, isCached } = output
    // What stays recorded as DVC 2 did is looked for in the old cache.
    if (isCached || result.legacyHashes?.has(path) === true) continue
    const content = await cache.hash(location)
    const isSame = content?.fingerprint.md5 === result.outputs.get(path)?.md5
    if (content === undefined || !isSame) continue
    // A link that the stage made is its own.
    const isOwnLink = kindOf(location) === 'link'
    await cache.save(location, content)
    if (!isOwnLink) freeUncachedOutput(output, { repository })
  }
}
