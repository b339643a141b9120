/** Acts on one stage: runs it, restores it, or leaves it. Each happens wholly or not at all. */

import { ToolkitError } from '../../core/errors.ts'
import type { RecordedPath } from '../stages/record.ts'
import type { Output, Stage } from '../stages/stage.ts'
import type { Aside } from './aside-store.ts'
import { attemptCommands } from './attempt-commands.ts'
import {
  checkInputs,
  checkInputsKept,
  missingDataError,
  type PresentInputs,
} from './check-inputs.ts'
import type { Outcome } from './events.ts'
import {
  freePersistentOutputs,
  freeUncachedOutput,
  readOutputs,
  saveOutputs,
} from './keep-outputs.ts'
import { findAlike, observeStage, type Observation } from './observe.ts'
import { forceDecision, isTakenFromSource, type Decision, type Reason } from './plan.ts'
import { recordData } from './record-data.ts'
import { recallRun, rememberRun } from './run-cache.ts'
import type { StageRun } from './stage-run.ts'

/** What became of a stage, and why it was not up to date. */
export interface StageOutcome {
  readonly outcome: Outcome
  readonly reasons: readonly Reason[]
  /** How often its commands were tried; 0 when they did not run. */
  readonly attempts: number
}

/** How one stage is brought up to date. */
export interface StageOptions {
  readonly isForced: boolean
}

/**
 * Looks at a stage and does what is needed.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `PIPELINE_INVALID`, `PIPELINE_STAGE_FAILED`, `INTERRUPTED`;
 * the stage's outputs are then as they were before.
 */
export async function bringUpToDate(
  stage: Stage,
  run: StageRun,
  options: StageOptions,
): Promise<StageOutcome> {
  run.signal.throwIfAborted()
  const writes = stage.outputs.map(({ location }) => location)
  const reads = [...stage.dependencies, ...stage.parameters].map(({ location }) => location)
  using uses = new DisposableStack()
  uses.use(await run.lock.reserve({ reads: [...reads, ...writes], writes: [] }))
  const decided = await run.lock.hold(() => lookAt(stage, run, options))
  if (decided.action === 'skip') return { outcome: 'unchanged', reasons: [], attempts: 0 }
  await checkWanted(stage, decided, run)
  uses.use(await run.lock.reserve({ reads: [], writes }))
  const begun = await run.lock.hold(() => beginStage(stage, decided, run))
  if ('outcome' in begun) return begun
  const { reasons, inputs, aside } = begun
  try {
    // While the commands run, DVC may work on whatever else there is.
    const attempts = await attemptCommands(stage, aside, run)
    await run.lock.hold(() => finishStage(stage, inputs, run))
    await aside.drop()
    return { outcome: 'ran', reasons, attempts }
  } catch (error) {
    await aside.restore()
    throw error
  }
}

async function checkWanted(stage: Stage, { reasons }: Decision, run: StageRun): Promise<void> {
  if ((await run.confirm?.(stage.address, reasons)) !== false) return
  throw new ToolkitError('INTERRUPTED', `'${stage.address}' was not to run`)
}

interface DecidedStage extends Decision {
  readonly observation: Observation
  readonly isForced: boolean
}

async function lookAt(
  stage: Stage,
  run: StageRun,
  { isForced }: StageOptions,
): Promise<DecidedStage> {
  const observation = await observeStage(stage, run.lockFiles.recordOf(stage), run)
  const decision = run.decide(stage, observation)
  const forced = isForced ? forceDecision(stage, observation, decision) : decision
  return { ...forced, observation, isForced }
}

interface BegunStage {
  readonly reasons: readonly Reason[]
  readonly inputs: PresentInputs
  readonly aside: Aside
}

/** Everything before the commands; done already when none have to run. */
async function beginStage(
  stage: Stage,
  { action, reasons, observation, isForced }: DecidedStage,
  run: StageRun,
): Promise<StageOutcome | BegunStage> {
  const outcome = await actWithoutRunning(stage, action, observation, run)
  if (outcome !== undefined) return { outcome, reasons, attempts: 0 }
  if (isTakenFromSource(stage)) {
    const { takeImport } = await import('../versioning/update-imports.ts')
    await run.inTurn(() => takeImport(stage, { isForced }, { ...run, download: {} }))
    return { outcome: 'saved', reasons, attempts: 0 }
  }
  if (stage.command === undefined || stage.isFrozen) throw missingDataError(stage)
  const inputs = checkInputs(stage, observation)
  if (!isForced && (await recallRun(stage, inputs, run))) {
    return { outcome: 'restored', reasons, attempts: 0 }
  }
  freePersistentOutputs(stage, run)
  run.report({ kind: 'stage-started', stage: stage.address, reasons })
  return { reasons, inputs, aside: await run.asides.moveAside(stage) }
}

async function actWithoutRunning(
  stage: Stage,
  action: Decision['action'],
  observation: Observation,
  run: StageRun,
): Promise<Outcome | undefined> {
  if (action === 'save') {
    await saveOutputs(stage, observation.contents, run)
    if (stage.data !== undefined) await recordData(stage, observation, run)
    else if (stage.isFrozen) {
      await recordResult(stage, checkInputs(stage, observation), observation.contents, run)
    }
    return 'saved'
  }
  if (action === 'restore' && (await restoreOutputs(stage, observation, run))) return 'restored'
  return undefined
}

/** False when the cache turns out to be damaged; the stage has to run then. */
async function restoreOutputs(
  stage: Stage,
  { record, outputs, alike }: Observation,
  run: StageRun,
): Promise<boolean> {
  for (const output of stage.outputs) {
    const { path, location, isCached } = output
    const recorded = record?.outputs.get(path)
    if (recorded?.md5 === undefined) return false
    if (alike.has(path) || outputs.get(path)?.md5 === recorded.md5) continue
    if (!(await restoreOutput(output, { ...recorded, md5: recorded.md5 }, run))) return false
    freeUncachedOutput(output, run)
    if (isCached) await run.ignore(location)
  }
  return true
}

/** A damaged object is gone from the cache after the first attempt, and is fetched when there is a remote for it. */
async function restoreOutput(
  { location, remote }: Output,
  { md5, isExecutable, isLegacy }: RecordedPath & { readonly md5: string },
  { cache, refetch }: StageRun,
): Promise<boolean> {
  const target = { location, isExecutable, isLegacy }
  if (await cache.restore(md5, target)) return true
  const isFetched = await refetch?.({ location, md5, isLegacy, remote })
  return isFetched === true && (await cache.restore(md5, target))
}

async function finishStage(stage: Stage, inputs: PresentInputs, run: StageRun): Promise<void> {
  await checkInputsKept(stage, inputs, run)
  const contents = await readOutputs(stage, run)
  const legacyOutputs = await findLegacyOutputs(stage, run)
  await saveOutputs(stage, contents, run, legacyOutputs)
  const legacyHashes = new Map([...inputs.legacyHashes, ...legacyOutputs])
  await recordResult(stage, { ...inputs, legacyHashes }, contents, run)
}

/** Outputs that came out as DVC 2 recorded them, with its hash: they stay in the old cache. */
async function findLegacyOutputs(
  stage: Stage,
  { cache, lockFiles }: StageRun,
): Promise<ReadonlyMap<string, string>> {
  const recorded = lockFiles.recordOf(stage)?.outputs
  const legacy = new Map<string, string>()
  for (const path of await findAlike(stage.outputs, recorded, cache)) {
    const md5 = recorded?.get(path)?.md5
    const isCached = stage.outputs.some((output) => output.path === path && output.isCached)
    if (md5 === undefined || (isCached && !(await cache.has(md5, { isLegacy: true })))) continue
    legacy.set(path, md5)
  }
  return legacy
}

async function recordResult(
  stage: Stage,
  inputs: PresentInputs,
  contents: Observation['contents'],
  run: StageRun,
): Promise<void> {
  const outputs = new Map(
    Array.from(contents, ([path, content]) => [path, content.fingerprint] as const),
  )
  const result = { ...inputs, outputs }
  if (run.keepsOutputs) await rememberRun(stage, result, run)
  await run.lockFiles.update(stage, result)
}
