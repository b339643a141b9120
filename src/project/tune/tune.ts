import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { formatMetric } from '../../core/format-number.ts'
import { nameHint } from '../../core/nearest.ts'
import { packageVersion } from '../../core/version.ts'
import { hashFile } from '../../data/hash-file.ts'
import { isLoss } from '../../training/output-metric.ts'
import type { TrialValues } from '../../training/tune/search-space.ts'
import type { TrialEvaluation } from '../../training/tune/study.ts'
import { checkKind, checkParameters } from '../parameters/check-parameters.ts'
import { endFailed } from '../end-failed.ts'
import { layoutOf, projectFile } from '../layout.ts'
import { lineageTags } from '../model-run.ts'
import { pinballQuantile, type ModelKind } from '../parameters/parameters.ts'
import type { TuneSettings } from '../parameters/parse-tuning.ts'
import { runStudy } from './run-study.ts'
import type { TrackedContext } from '../step.ts'
import { currentTrial, metricKey, type Objective, type RecordedOutcome } from './tune-outcomes.ts'
import { describeStudy, failuresOf, isSameTrial, type TuneResult } from './tune-result.ts'
import { openStudyRuns, type StudyRuns } from './tune-runs.ts'
import { openTuneWorkers, type TuneWorkers } from './tune-workers-process.ts'

/** How `tune` works. */
export interface TuneOptions {
  /** Evaluations at the same time, at most. */
  readonly jobs: number
  /** Starts a worker process: a program and its arguments. */
  readonly workerCommand: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Looks for better numbers for a model, as its section below `tune` in params.yaml says. Trials are
 * measured on the training folds alone; what an earlier run of the same study has done is not done again.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` without a section or with fewer than two training folds, `FILE_MISSING`
 *   without features, `TRAINING_INVALID` when all trials fail, `TRACKING_STORE_BUSY`, `INTERRUPTED`
 */
export async function tune(
  context: TrackedContext,
  kind: ModelKind,
  options: TuneOptions,
): Promise<TuneResult> {
  checkKind(kind, context.project)
  checkParameters(context.parameters, context.project)
  const settings = settingsOf(context, kind)
  // One is the test; of those in the order of time the oldest is only learnt from.
  const left = context.parameters.split.folds - (context.project.time === undefined ? 1 : 2)
  const folds = Math.min(settings.folds, left)
  const digest = await digestStudy(context, kind, settings)
  const runs = await openStudyRuns(
    { ...context, experimentName: context.project.name, tags: lineageTags(context) },
    { kind, settings, objective: objectiveOf(settings), digest },
  )
  context.log(describeStart(kind, settings, runs))
  using workers = openTuneWorkers({
    command: options.workerCommand,
    start: { directory: context.directory, kind, parameters: context.parameters, settings },
    signal: options.signal,
  })
  try {
    const evaluate = trackedBy({ context, runs, workers, settings })
    const current = await evaluateCurrent(context, { kind, settings, runs, evaluate })
    const outcomes = await runStudy(settings, {
      jobs: options.jobs,
      known: runs.known.filter(({ trial }) => trial !== currentTrial && trial < settings.trials),
      evaluate,
    })
    const result = describeStudy(outcomes, { kind, settings, folds, current })
    if (result === undefined) throw allFailed(kind, outcomes)
    await runs.end('FINISHED', result.best)
    return result
  } catch (error) {
    const status = options.signal.aborted ? 'KILLED' : 'FAILED'
    await endFailed(context, () => runs.end(status, undefined))
    throw error
  }
}

function settingsOf({ parameters }: TrackedContext, kind: ModelKind): TuneSettings {
  const settings = parameters.tune?.[kind]
  if (settings === undefined) {
    const known = Object.keys(parameters.tune ?? {})
    throw new ToolkitError('CONFIG_INVALID', `params.yaml has no section 'tune.${kind}'`, {
      hint:
        known.length === 0
          ? 'say there what to search, as docs/tuning.md shows'
          : nameHint(kind, known, 'models with one'),
    })
  }
  const { folds } = parameters.split
  if (folds >= 3) return settings
  throw new ToolkitError(
    'CONFIG_INVALID',
    `'split.folds' is ${folds}, which leaves one fold to train on and none to validate on`,
    { hint: 'set it to 3 or more' },
  )
}

function objectiveOf({ metric }: TuneSettings): Objective {
  return { name: metric, key: metricKey(metric), isLoss: isLoss(metric), hasDeviation: true }
}

/** Names all that the outcomes of a study depend on. */
async function digestStudy(
  context: TrackedContext,
  kind: ModelKind,
  settings: TuneSettings,
): Promise<string> {
  const { directory, project, parameters } = context
  const features = layoutOf(project.name).features
  // More trials are the same study, but where their number decides who goes on.
  const { trials } = settings.method === 'halving' ? settings : { trials: undefined }
  const searched = new Set([...Object.keys(settings.space), settings.halving?.resource])
  const fixed = Object.entries(parameters.train[kind]).filter(([name]) => !searched.has(name))
  const facts = {
    version: packageVersion,
    kind,
    settings: { ...settings, trials },
    fixed,
    testFold: parameters.split.test_fold,
    ...(settings.metric === 'pinball_loss' && { quantile: pinballQuantile(parameters) }),
    project: await hashFile(join(directory, projectFile)),
    features: await hashFeatures(join(directory, features)),
  }
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}

async function hashFeatures(path: string): Promise<string> {
  try {
    return await hashFile(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    throw new ToolkitError('FILE_MISSING', `there are no features in '${path}'`, {
      hint: 'make them with: mlpt run features',
      cause: error,
    })
  }
}

function describeStart(kind: ModelKind, { trials, method }: TuneSettings, runs: StudyRuns): string {
  const known = new Set(runs.known.flatMap(({ trial }) => (trial === currentTrial ? [] : [trial])))
    .size
  const kept = known === 0 ? '' : `, ${known} known from before`
  return `${kind}: ${trials} trials (${method}${kept})`
}

type Evaluate = (evaluation: TrialEvaluation) => Promise<RecordedOutcome>

function trackedBy({
  context,
  runs,
  workers,
  settings,
}: {
  readonly context: TrackedContext
  readonly runs: StudyRuns
  readonly workers: TuneWorkers
  readonly settings: TuneSettings
}): Evaluate {
  return async (evaluation) => {
    const outcome = await runs.track(evaluation, () => workers.evaluate(evaluation))
    const name = evaluation.trial === currentTrial ? 'as it is' : `trial ${evaluation.trial}`
    const resource = settings.halving?.resource
    const spent = resource === undefined ? '' : ` (${resource} ${evaluation.values[resource]})`
    const found =
      outcome.failure ?? `${metricKey(settings.metric)} ${formatMetric(outcome.score, 5)}`
    context.log(`${name}${spent}: ${found}`)
    return outcome
  }
}

/** What the model reaches with the values that params.yaml has: known when a trial has the same. */
async function evaluateCurrent(
  { parameters }: TrackedContext,
  {
    kind,
    settings,
    runs,
    evaluate,
  }: {
    readonly kind: ModelKind
    readonly settings: TuneSettings
    readonly runs: StudyRuns
    readonly evaluate: Evaluate
  },
): Promise<RecordedOutcome> {
  const names = new Set([...Object.keys(settings.space), settings.halving?.resource])
  const entries = Object.entries(parameters.train[kind]).filter(([name]) => names.has(name))
  const values: TrialValues = Object.fromEntries(entries)
  const known = runs.known.find((outcome) => isSameTrial(outcome.values, values))
  if (known !== undefined) return { ...known, values }
  return evaluate({ trial: currentTrial, rung: 0, values })
}

function allFailed(kind: ModelKind, outcomes: readonly RecordedOutcome[]): ToolkitError {
  const failures = failuresOf(outcomes)
  return new ToolkitError(
    'TRAINING_INVALID',
    `all ${failures.length} trials of '${kind}' failed, the first with ${failures[0]?.reason}`,
    { hint: 'see whether mlpt train does, and what the ranges allow', details: { failures } },
  )
}
