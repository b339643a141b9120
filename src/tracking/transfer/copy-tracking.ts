/** Moving house: everything of one tracker into another, as often as wanted, and counted. */

import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { Experiment, Tracking } from '../../core/tracking.ts'
import { forEachAtOnce } from '../at-once.ts'
import {
  copyLoggedModel,
  copyModelMetrics,
  openLoggedModelCopies,
  type LoggedModelCopy,
} from './copy-logged-models.ts'
import { copyExperiment, deleteExperimentCopy, type ExperimentCopy } from './copy-experiments.ts'
import { copyRegistry } from './copy-registry.ts'
import { copyRun, openRunCopies, type RunCopy } from './copy-runs.ts'
import { attempt, type CopyFailure, type CopySession } from './copy-session.ts'
import type { Moved } from './moved-ids.ts'
import { createTally, type CountedLine } from './tally.ts'
import { toTransferSource, type TransferSource } from './transfer-source.ts'

export interface CopyOptions {
  /** Only these, by name, and what is registered of them; all when empty. */
  readonly experiments?: readonly string[]
  /** Only runs that started then or later, in milliseconds since 1970, and what is registered of them. */
  readonly since?: number | undefined
  /** Counts and writes nothing. */
  readonly isDryRun?: boolean
  /** Takes a file that is there with the same size for the same, without reading both. */
  readonly trustsSizes?: boolean
  readonly log?: (line: string) => void
}

/** The proof of a copy. */
export interface CopyResult {
  readonly lines: readonly CountedLine[]
  readonly failures: readonly CopyFailure[]
  /** Nothing failed, and everything that was found is in the target. */
  readonly isComplete: boolean
}

/**
 * Copies experiments, runs with their histories and artifacts, logged models and the registry.
 * What counts as copied was compared: every param, tag and metric point by its value, every file
 * by its hash, read back from the target. Every copy bears the tag `mlpt.copiedFrom`: a second copy finds what is there and brings what
 * is new or missing, also after a kill at any time. Nothing is deleted in the target but what is
 * deleted in the source.
 *
 * @throws {ToolkitError} `TRACKING_NOT_FOUND` for an experiment that is not there,
 *   `TRACKING_SERVER_FAILED`, `TRACKING_FORBIDDEN`. What is wrong with one thing is no error but a failure in the result.
 */
export async function copyTracking(
  source: TransferSource,
  target: Tracking,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const { experiments: names = [], since, isDryRun = false, trustsSizes = false } = options
  const { log = () => undefined } = options
  const tally = createTally()
  const failures: CopyFailure[] = []
  const present = toTransferSource(target)
  const session = { source, target, present, since, isDryRun, trustsSizes, tally, failures, log }
  const chosen = await chooseExperiments(source, names)
  await copyAll(session, chosen, names.length === 0 && since === undefined)
  const lines = tally.lines()
  return {
    lines,
    failures,
    isComplete: failures.length === 0 && lines.every(({ found, present: now }) => found === now),
  }
}

async function chooseExperiments(
  source: TransferSource,
  names: readonly string[],
): Promise<readonly Experiment[]> {
  const all: Experiment[] = []
  for await (const experiment of source.listExperiments()) all.push(experiment)
  const known = all.map(({ name }) => name)
  const missing = names.filter((name) => !known.includes(name))
  if (missing.length === 0)
    return all.filter(({ name }) => names.length === 0 || names.includes(name))
  throw new ToolkitError(
    'TRACKING_NOT_FOUND',
    `there is no experiment ${missing.map((name) => `'${name}'`).join(', ')} to copy`,
    { hint: missing.map((name) => nameHint(name, known, 'experiments')).join('; ') },
  )
}

async function copyAll(
  session: CopySession,
  experiments: readonly Experiment[],
  isWhole: boolean,
): Promise<void> {
  const ids = { runs: new Map<string, Moved>(), models: new Map<string, Moved>() }
  const runs = new Map<string, RunCopy>()
  const models: LoggedModelCopy[] = []
  const places: ExperimentCopy[] = []
  for (const experiment of experiments) {
    await attempt(session, `experiment '${experiment.name}'`, async () => {
      const place = await copyExperiment(session, experiment)
      places.push(place)
      const copies = await openRunCopies(session, place, ids.runs)
      for (const copy of copies) runs.set(copy.fromId, copy)
      models.push(...(await openLoggedModelCopies(session, place, ids)))
      session.log(`experiment '${experiment.name}': ${copies.length} runs`)
    })
  }
  await forEachAtOnce(runs.values(), (copy) =>
    attempt(session, `run ${copy.fromId}`, () => copyRun(session, copy, ids)),
  )
  await forEachAtOnce(models, (copy) =>
    attempt(session, `logged model ${copy.model.modelId}`, async () => {
      await copyLoggedModel(session, copy, ids)
      await copyModelMetrics(session, copy, runs)
    }),
  )
  await copyRegistry(session, ids, { isWhole })
  await deleteCopies(session, runs.values())
  for (const place of places) await deleteExperimentCopy(session, place)
}

/** Last, because nothing can be written to a deleted run. */
async function deleteCopies(session: CopySession, copies: Iterable<RunCopy>): Promise<void> {
  if (session.isDryRun) return
  for (const { toId, isDeleted } of copies) {
    if (isDeleted && toId !== undefined) await session.target.deleteRun(toId)
  }
}
