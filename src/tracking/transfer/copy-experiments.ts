/** Experiments on their way, the deleted ones too: these are written to as little as can be, and deleted last. */

import { ToolkitError } from '../../core/errors.ts'
import type { Experiment, Pairs } from '../../core/tracking.ts'
import type { CopySession } from './copy-session.ts'
import { without } from './copy-pairs.ts'
import { copiedFromTag } from './moved-ids.ts'
import { countPairs } from './run-contents.ts'
import type { Counts } from './tally.ts'

/** An experiment and where it goes. */
export interface ExperimentCopy {
  readonly fromId: string
  /** `undefined` in a dry run, when there is none yet. */
  readonly toId: string | undefined
  readonly name: string
  /** Deleted in the target too when all is done. */
  readonly isDeleted: boolean
  /**
   * Restores it, with all its runs, when it is deleted in the target: nothing can be written to it
   * before. Once is enough, and what lacks nothing is left alone.
   *
   * @returns whether it was restored by this copy, now or before
   */
  wake(): Promise<boolean>
}

/** Finds the experiment of the name, or creates it; brings its tags. */
export async function copyExperiment(
  session: CopySession,
  { experimentId: fromId, name, tags, lifecycleStage }: Experiment,
): Promise<ExperimentCopy> {
  const { target, tally, isDryRun } = session
  const isDeleted = lifecycleStage === 'deleted'
  const found = { experiments: 1, tags: Object.keys(tags).length }
  const there = await target.findExperimentByName(name)
  const before = countThere(tags, there)
  if (isDryRun) {
    tally.add({ found, before, after: before })
    return { fromId, toId: there?.experimentId, name, isDeleted, wake: async () => false }
  }
  const isAsleep = there?.lifecycleStage === 'deleted'
  if (isAsleep && !isDeleted) {
    throw new ToolkitError('TRACKING_EXISTS', 'the target has one of this name that is deleted')
  }
  const toId = there?.experimentId ?? (await target.createExperiment({ name, tags }))
  const wake = createWaking(session, toId, isAsleep)
  const missing = there === undefined ? [] : Object.entries(without(tags, there.tags))
  if (missing.length > 0) await wake()
  for (const [key, value] of missing) await target.setExperimentTag(toId, key, value)
  tally.add({ found, before, after: countThere(tags, await target.getExperiment(toId)) })
  return { fromId, toId, name, isDeleted, wake }
}

function countThere(wanted: Pairs, there: Experiment | undefined): Counts {
  return there === undefined ? {} : { experiments: 1, tags: countPairs(wanted, there.tags) }
}

function createWaking(
  { target }: CopySession,
  experimentId: string,
  isAsleep: boolean,
): () => Promise<boolean> {
  let waking: Promise<void> | undefined
  return async () => {
    if (!isAsleep) return false
    waking ??= target.restoreExperiment(experimentId)
    await waking
    return true
  }
}

/**
 * Deletes the copy of a deleted experiment. One that the target uses for runs of its own is left,
 * which is noted.
 */
export async function deleteExperimentCopy(
  { target, present, isDryRun, failures }: CopySession,
  { name, toId, isDeleted }: ExperimentCopy,
): Promise<void> {
  if (isDryRun || !isDeleted || toId === undefined) return
  if ((await target.getExperiment(toId)).lifecycleStage === 'deleted') return
  for await (const { lifecycleStage, tags } of present.listRuns(toId, undefined)) {
    if (lifecycleStage === 'deleted' || copiedFromTag in tags) continue
    const why = 'it is deleted in the source, but the target has runs of its own in it: it was left'
    failures.push({ what: `experiment '${name}'`, why })
    return
  }
  await target.deleteExperiment(toId)
}
