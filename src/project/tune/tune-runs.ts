import { ToolkitError } from '../../core/errors.ts'
import type { Run } from '../../core/tracking.ts'
import type { TrialEvaluation } from '../../training/tune/study.ts'
import { closeDeadRuns } from '../close-dead-runs.ts'
import { isOfHost, isOwnedBy, nameOwner, tagsOfOwner, type RunOwner } from '../run-owner.ts'
import type { TrackedContext } from '../step.ts'
import {
  currentTrial,
  readOutcomes,
  stepOf,
  toOutcome,
  tuneTags,
  type MeasuredStudy,
  type RecordedOutcome,
} from './tune-outcomes.ts'
import type { EvaluationResult } from './tune-workers-process.ts'

/** What a study is kept as: a run, and a run below it for each trial. */
export interface StudyRuns {
  readonly parentId: string
  /** What earlier runs of the study have evaluated. */
  readonly known: readonly RecordedOutcome[]
  /** Evaluates, with a run of the tracker that says so, whose id is passed on. */
  track(
    evaluation: TrialEvaluation,
    evaluate: (runId: string) => Promise<EvaluationResult>,
  ): Promise<RecordedOutcome>
  /** Ends the study's run, and those of trials that are under way when it was interrupted. */
  end(status: 'FINISHED' | 'FAILED' | 'KILLED', best: Best | undefined): Promise<void>
}

/** The best trial of a study. */
type Best = Pick<RecordedOutcome, 'trial' | 'score'>

/** Where runs of studies are kept, and whose they are. */
export interface StudyHome extends Pick<TrackedContext, 'tracking' | 'now' | keyof RunOwner> {
  readonly experimentName: string
  /** Tags of every run: where it comes from. */
  readonly tags: Readonly<Record<string, string>>
}

interface Study extends MeasuredStudy {
  /** The model or stage. */
  readonly kind: string
  /** Names the study: all that its outcomes depend on. */
  readonly digest: string
  /** More tags of the run of an evaluation. */
  readonly tagsOf?: (evaluation: TrialEvaluation) => Readonly<Record<string, string>>
}

/**
 * Opens the runs of a study: those that an earlier, interrupted or shorter one has left, else new ones.
 *
 * @throws {ToolkitError} `TRACKING_STORE_BUSY` when a living process works on the same study
 */
export async function openStudyRuns(context: StudyHome, study: Study): Promise<StudyRuns> {
  const { tracking } = context
  await closeDeadRuns(context, context.experimentName, [tuneTags.model, study.kind])
  const parent = await openParent(context, study)
  const children = await tracking.findRuns(context.experimentName, {
    [tuneTags.parent]: parent.runId,
  })
  const known: RecordedOutcome[] = []
  const runIds = new Map<number, string>()
  for (const child of children) {
    const found = await readOutcomes(tracking, study, child)
    if (found === undefined || runIds.has(found.trial)) continue
    known.push(...found.outcomes)
    await closeEvaluated(context, child, found.outcomes)
    // Values of params.yaml are others next time: each have a run of their own.
    if (found.trial !== currentTrial) runIds.set(found.trial, child.runId)
  }
  const open = new Set<string>()
  return {
    parentId: parent.runId,
    known,
    track: async (evaluation, evaluate) => {
      const runId = await openChild(context, {
        study,
        parentId: parent.runId,
        evaluation,
        runId: runIds.get(evaluation.trial),
      })
      if (evaluation.trial !== currentTrial) runIds.set(evaluation.trial, runId)
      open.add(runId)
      const outcome = toOutcome(evaluation, await evaluate(runId), study.objective)
      await logOutcome(context, { runId, outcome, study })
      open.delete(runId)
      return outcome
    },
    end: async (status, best) => {
      for (const runId of open) await tracking.endRun(runId, 'KILLED', context.now())
      if (best !== undefined) await logBest(context, { parentId: parent.runId, best, study })
      await tracking.endRun(parent.runId, status, context.now())
    },
  }
}

/** A process that was killed right after an evaluation has not said that it ended. */
async function closeEvaluated(
  context: StudyHome,
  run: Run,
  outcomes: readonly RecordedOutcome[],
): Promise<void> {
  const last = outcomes.at(-1)
  if (run.status !== 'KILLED' || last === undefined) return
  await context.tracking.endRun(
    run.runId,
    last.failure === undefined ? 'FINISHED' : 'FAILED',
    context.now(),
  )
}

async function openParent(context: StudyHome, study: Study): Promise<{ readonly runId: string }> {
  const find = () =>
    context.tracking.findRuns(context.experimentName, { [tuneTags.study]: study.digest })
  const [found] = await find()
  if (found?.status === 'RUNNING') throw busy(context, study, found)
  if (found !== undefined) {
    await reopen(context, found.runId)
    const claimed = await context.tracking.getRun(found.runId)
    if (!isOwnedBy(claimed, context)) throw busy(context, study, claimed)
    return found
  }
  const runId = await startParent(context, study)
  // Of two that begin at the same moment at most one goes on: whoever sees the other gives way.
  const other = (await find()).find((run) => run.status === 'RUNNING' && run.runId !== runId)
  if (other === undefined) return { runId }
  await context.tracking.deleteRun(runId)
  throw busy(context, study, other)
}

async function startParent(
  context: StudyHome,
  { kind, digest, settings, objective }: Study,
): Promise<string> {
  const runId = await context.tracking.startRun({
    experimentName: context.experimentName,
    runName: `${kind} tuned`,
    startTime: context.now(),
    tags: { ...ownTags(context, kind), [tuneTags.study]: digest },
  })
  const { method, seed, space, halving } = settings
  const ranges = Object.entries({ ...space, ...(halving && { halving }) })
  await context.tracking.logParams(runId, {
    'tune.method': method,
    'tune.metric': objective.name,
    'tune.seed': String(seed),
    ...Object.fromEntries(ranges.map(([name, range]) => [`tune.${name}`, JSON.stringify(range)])),
  })
  return runId
}

/** The tags that the runs of a study and of its trials have. */
function ownTags(context: StudyHome, kind: string): Record<string, string> {
  return {
    ...context.tags,
    'mlflow.source.name': `mlpt tune ${kind}`,
    'mlflow.source.type': 'PROJECT',
    [tuneTags.model]: kind,
    ...tagsOfOwner(context),
  }
}

function busy(context: StudyHome, { kind }: Study, run: Run): ToolkitError {
  const hint = isOfHost(run, context)
    ? 'wait for it, or end it: what it has done is kept'
    : `wait for it; if that machine is gone, end its run: mlpt runs end ${run.runId}`
  return new ToolkitError(
    'TRACKING_STORE_BUSY',
    `'${kind}' is being tuned by ${nameOwner(run, context)}`,
    { hint },
  )
}

/** First whose it is, then that it runs: who looks in between finds no dead process. */
async function reopen(context: StudyHome, runId: string): Promise<void> {
  await context.tracking.setTags(runId, tagsOfOwner(context))
  await context.tracking.updateRun(runId, { status: 'RUNNING' })
}

async function openChild(
  context: StudyHome,
  options: {
    readonly study: Study
    readonly parentId: string
    readonly evaluation: TrialEvaluation
    /** Of an earlier rung, or of a process that was killed. */
    readonly runId: string | undefined
  },
): Promise<string> {
  const { study, parentId, evaluation, runId } = options
  const more = study.tagsOf?.(evaluation)
  if (runId !== undefined) {
    await reopen(context, runId)
    if (more !== undefined) await context.tracking.setTags(runId, more)
    await logValues(context, runId, { study, evaluation })
    return runId
  }
  const { kind } = study
  const { trial } = evaluation
  const opened = await context.tracking.startRun({
    experimentName: context.experimentName,
    runName: trial === currentTrial ? `${kind} as it is` : `${kind} trial ${trial}`,
    startTime: context.now(),
    tags: {
      ...ownTags(context, kind),
      [tuneTags.parent]: parentId,
      [tuneTags.trial]: String(trial),
      ...more,
    },
  })
  await logValues(context, opened, { study, evaluation })
  return opened
}

/** The resource of a trial is left out: it grows, and a param never changes; it is the step of the metric. */
async function logValues(
  context: StudyHome,
  runId: string,
  { study, evaluation }: { readonly study: Study; readonly evaluation: TrialEvaluation },
): Promise<void> {
  const { space } = study.settings
  const searched = Object.entries(evaluation.values).filter(
    ([name]) => evaluation.trial === currentTrial || Object.hasOwn(space, name),
  )
  await context.tracking.logParams(
    runId,
    Object.fromEntries(searched.map(([name, value]) => [name, String(value)])),
  )
}

async function logOutcome(
  context: StudyHome,
  {
    runId,
    outcome,
    study: { settings, objective },
  }: {
    readonly runId: string
    readonly outcome: RecordedOutcome
    readonly study: Study
  },
): Promise<void> {
  const { tracking } = context
  if (outcome.failure !== undefined) {
    await tracking.setTags(runId, {
      [tuneTags.failure]: outcome.failure,
      [tuneTags.failedRung]: String(outcome.rung),
    })
    await tracking.endRun(runId, 'FAILED', context.now())
    return
  }
  const { key, hasDeviation } = objective
  const point = { step: stepOf(settings, outcome), timestamp: context.now() }
  await tracking.logMetrics(runId, [
    ...(hasDeviation ? [{ key: `${key}_deviation`, value: outcome.deviation, ...point }] : []),
    { key, value: outcome.score, ...point },
  ])
  await tracking.endRun(runId, 'FINISHED', context.now())
}

async function logBest(
  context: StudyHome,
  {
    parentId,
    best,
    study,
  }: { readonly parentId: string; readonly best: Best; readonly study: Study },
): Promise<void> {
  const { key } = study.objective
  const timestamp = context.now()
  await context.tracking.logMetrics(parentId, [{ key, value: best.score, step: 0, timestamp }])
  await context.tracking.setTags(parentId, { [tuneTags.best]: String(best.trial) })
}
