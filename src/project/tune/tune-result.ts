import { isLoss, type OutputMetric } from '../../training/output-metric.ts'
import { rankOutcomes } from '../../training/tune/study.ts'
import type { TrialValues } from '../../training/tune/search-space.ts'
import type { TuneSettings } from '../parameters/parse-tuning.ts'
import type { RecordedOutcome } from './tune-outcomes.ts'

/** What a study has found: no times, no ids, so that the same study gives the same document. */
export interface TuneResult {
  readonly model: string
  readonly method: string
  readonly metric: OutputMetric
  /** Training folds that the metric is a mean over. */
  readonly folds: number
  /** With the values that params.yaml has; `undefined` when they fail. */
  readonly current: { readonly score: number; readonly values: TrialValues } | undefined
  /** The first of `trials`. */
  readonly best: RankedTrial
  /** Those that came furthest, the best first. */
  readonly trials: readonly RankedTrial[]
  readonly failures: readonly { readonly trial: number; readonly reason: string }[]
}

/** A trial that did not fail. */
export interface RankedTrial {
  readonly trial: number
  /** Mean of the metric over the folds. */
  readonly score: number
  /** Between the folds. */
  readonly deviation: number
  readonly values: TrialValues
}

/** Ranks what a study has evaluated; `undefined` when all trials failed. */
export function describeStudy(
  outcomes: readonly RecordedOutcome[],
  study: {
    readonly kind: string
    readonly settings: TuneSettings
    readonly folds: number
    readonly current: RecordedOutcome
  },
): TuneResult | undefined {
  const { kind, settings, folds, current } = study
  const trials = rankOutcomes(outcomes).map(({ trial, score, deviation, values }): RankedTrial => ({
    trial,
    score,
    deviation,
    values,
  }))
  const [best] = trials
  if (best === undefined) return undefined
  return {
    model: kind,
    method: settings.method,
    metric: settings.metric,
    folds,
    current:
      current.failure === undefined ? { score: current.score, values: current.values } : undefined,
    best,
    trials,
    failures: failuresOf(outcomes),
  }
}

/** Why trials failed, by number. */
export function failuresOf(outcomes: readonly RecordedOutcome[]): TuneResult['failures'] {
  return outcomes
    .flatMap(({ trial, failure }) => (failure === undefined ? [] : [{ trial, reason: failure }]))
    .sort((a, b) => a.trial - b.trial)
}

/** Whether two trials have the same values, one of which may have been read back as text. */
export function isSameTrial(a: TrialValues, b: TrialValues): boolean {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && String(a[name]) === String(b[name]))
}

/** Whether the best trial beats the values that params.yaml has. */
export function isBetterThanCurrent({ metric, best, current }: TuneResult): boolean {
  if (current === undefined) return true
  return isLoss(metric) ? best.score < current.score : best.score > current.score
}
