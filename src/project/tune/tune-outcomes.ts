import type { MetricPoint, Run, Tracking } from '../../core/tracking.ts'
import type { OutputMetric } from '../../training/output-metric.ts'
import { planRungs } from '../../training/tune/halving-rungs.ts'
import { parseValues, type TrialValues } from '../../training/tune/search-space.ts'
import type { StudySettings, TrialEvaluation, TrialOutcome } from '../../training/tune/study.ts'
import type { EvaluationResult } from './tune-workers-process.ts'
import { meanOf } from '../../math/mean.ts'

/** What trials are compared by. */
export interface Objective {
  /** As params.yaml names it. */
  readonly name: string
  /** What it is called in the tracker. */
  readonly key: string
  readonly isLoss: boolean
  /** Whether it is a mean, with a deviation beside it. */
  readonly hasDeviation: boolean
}

/** An outcome with what people want to know of it. */
export interface RecordedOutcome extends TrialOutcome {
  /** The metric, of a model its mean over the folds; NaN when it failed. */
  readonly score: number
  /** Standard deviation of the metric between the folds, of the sample; 0 for one value. */
  readonly deviation: number
  /** Why it failed. */
  readonly failure?: string | undefined
}

/** The trial number of the values that params.yaml has. */
export const currentTrial = -1

/** The tags of runs of studies. */
export const tuneTags = {
  study: 'mlpt.tune.study',
  model: 'mlpt.tune.model',
  trial: 'mlpt.tune.trial',
  failure: 'mlpt.tune.failure',
  failedRung: 'mlpt.tune.failed_rung',
  best: 'mlpt.tune.best',
  parent: 'mlflow.parentRunId',
} as const

/** What a trial's scores come to. */
export function toOutcome(
  evaluation: TrialEvaluation,
  result: EvaluationResult,
  objective: Objective,
): RecordedOutcome {
  if ('failure' in result) {
    return { ...evaluation, ...result, loss: Infinity, score: Number.NaN, deviation: Number.NaN }
  }
  const { scores } = result
  const score = meanOf(scores)
  const squares = scores.map((one) => (one - score) ** 2)
  const deviation =
    scores.length < 2 ? 0 : Math.sqrt((meanOf(squares) * scores.length) / (scores.length - 1))
  return { ...evaluation, loss: lossOf(score, objective), score, deviation }
}

function lossOf(score: number, { isLoss }: Objective): number {
  return isLoss ? score : -score
}

/** What the cross-validated metric is called in the tracker: its own name is that of the test fold. */
export function metricKey(metric: OutputMetric): string {
  return `cv_${metric}`
}

/** The step that the metric of an evaluation has: its resource. */
export function stepOf(
  { halving, trials }: StudySettings,
  { trial, rung }: Pick<TrialEvaluation, 'trial' | 'rung'>,
): number {
  if (halving === undefined) return 0
  if (trial === currentTrial) return halving.max
  return planRungs(trials, halving)[rung]!.resource
}

/** What a study asks for and what it compares. */
export interface MeasuredStudy {
  readonly settings: StudySettings
  readonly objective: Objective
}

/**
 * What the run of a trial tells of it.
 *
 * @returns without outcomes when it was killed before it had any; `undefined` when it is no trial's
 */
export async function readOutcomes(
  tracking: Tracking,
  { settings, objective }: MeasuredStudy,
  run: Run,
): Promise<{ readonly trial: number; readonly outcomes: readonly RecordedOutcome[] } | undefined> {
  const trial = Number(run.tags[tuneTags.trial] ?? Number.NaN)
  if (!Number.isInteger(trial)) return undefined
  const values = valuesOf(settings, trial, run)
  if (values === undefined) return { trial, outcomes: [] }
  const evaluations = evaluationsOf(settings, trial, values)
  const outcomes = await readScores(tracking, { study: { settings, objective }, run, evaluations })
  const failure = run.tags[tuneTags.failure]
  const failed = evaluations[Number(run.tags[tuneTags.failedRung])]
  if (failure === undefined || failed === undefined) return { trial, outcomes }
  return { trial, outcomes: [...outcomes, toOutcome(failed, { failure }, objective)] }
}

/** The values of params.yaml need not lie in the space: they stay texts. */
function valuesOf(
  { space, halving }: StudySettings,
  trial: number,
  { params }: Run,
): TrialValues | undefined {
  if (trial !== currentTrial) return parseValues(space, params)
  const names = [...Object.keys(space), ...(halving === undefined ? [] : [halving.resource])]
  return Object.fromEntries(names.map((name) => [name, params[name] ?? '']))
}

/** All that the study may have asked of a trial, by rung. */
function evaluationsOf(
  { halving, trials }: StudySettings,
  trial: number,
  values: TrialValues,
): readonly TrialEvaluation[] {
  if (halving === undefined || trial === currentTrial) return [{ trial, rung: 0, values }]
  return planRungs(trials, halving).map(({ resource }, rung) => ({
    trial,
    rung,
    values: { ...values, [halving.resource]: resource },
  }))
}

async function readScores(
  tracking: Tracking,
  {
    study: { settings, objective },
    run,
    evaluations,
  }: {
    readonly study: MeasuredStudy
    readonly run: Run
    readonly evaluations: readonly TrialEvaluation[]
  },
): Promise<readonly RecordedOutcome[]> {
  const { key } = objective
  const scores = await readPoints(tracking, run.runId, key)
  const deviations = await readPoints(tracking, run.runId, `${key}_deviation`)
  return evaluations.flatMap((evaluation) => {
    const score = scores.get(stepOf(settings, evaluation))
    if (score === undefined) return []
    const deviation = deviations.get(stepOf(settings, evaluation)) ?? Number.NaN
    return [{ ...evaluation, score, deviation, loss: lossOf(score, objective) }]
  })
}

async function readPoints(
  tracking: Tracking,
  runId: string,
  key: string,
): Promise<ReadonlyMap<number, number>> {
  const { items } = await tracking.readMetricHistory({ runId, key, maxResults: 1000 })
  return new Map(items.map(({ step, value }: MetricPoint) => [step, value]))
}
