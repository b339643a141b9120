/** How good the predictions of a window were. */

import type { MonitoredMetric, MonitoredPerformance } from '../../core/monitored-window.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import { createRandom } from '../../core/random.ts'
import { classNumber } from '../../core/class-names.ts'
import type { LabelledRows } from '../../monitoring/watch/log-view-store.ts'
import { prepareClassMetrics } from '../../training/metrics/class-metrics.ts'
import {
  accuracyScore,
  brierScoreLoss,
  logLoss,
  rocAucScore,
  type Interval,
} from '../../training/metrics/index.ts'
import { bootstrapSome } from '../../training/metrics/bootstrap-intervals.ts'
import { haveDeviance } from '../../training/metrics/mean-poisson-deviance.ts'
import { prepareValueMetrics } from '../../training/metrics/value-metrics.ts'
import { measureWithIntervals, type DrawnRows } from '../../training/metrics/weighted-resamples.ts'
import type { Monitoring } from '../parameters/monitor-parameters.ts'

/** How rows are measured. */
export interface PerformanceSettings extends Pick<
  Monitoring,
  'minLabels' | 'replicates' | 'confidenceLevel' | 'seed'
> {
  readonly output: ModelOutput
  /** Whether values are counts, which have a deviance. */
  readonly isCount: boolean
}

type Measured = Omit<MonitoredPerformance, 'segments'>

/** Measures rows whose label is known. Rows whose label is none that the model could give are left out. */
export function measurePerformance(rows: LabelledRows, settings: PerformanceSettings): Measured {
  switch (settings.output.kind) {
    case 'probability':
      return measureProbabilities(rows, settings.output.threshold, settings)
    case 'value':
      return measureValues(rows, settings)
    case 'classes':
      return measureClasses(rows, settings.output.classes, settings)
  }
}

function measureProbabilities(
  rows: LabelledRows,
  threshold: number | undefined,
  settings: PerformanceSettings,
): Measured {
  const isKnown = (label: number, row: number): boolean =>
    (label === 0 || label === 1) && isProbability(rows.scores[0]![row]!)
  const { target, scores } = keepRows(rows, isKnown)
  const score = scores[0]!
  const labels = target.length
  const positives = target.reduce((sum, label) => sum + label, 0)
  const state = stateOf(target, settings, true)
  if (state !== 'measured') return { state, labels, positives, metrics: {} }
  const names = ['rocAuc', 'logLoss', 'brier', 'accuracy'] as const
  const at = { ...(threshold !== undefined && { threshold }) }
  const intervals = bootstrapSome(names, target, score, { ...bootstrapOf(settings), ...at })
  const metrics = {
    roc_auc: within(rocAucScore(target, score), intervals[0]!),
    log_loss: within(logLoss(target, score), intervals[1]!),
    brier_score: within(brierScoreLoss(target, score), intervals[2]!),
    accuracy: within(accuracyScore(target, score, at), intervals[3]!),
  }
  return { state, labels, positives, metrics }
}

function measureValues(rows: LabelledRows, settings: PerformanceSettings): Measured {
  const { target, scores } = keepRows(
    rows,
    (label, row) => Number.isFinite(label) && Number.isFinite(rows.scores[0]![row]),
  )
  const score = scores[0]!
  const isCount = settings.isCount && haveDeviance(target, score)
  return measureSampled(target, settings, () => {
    const measure = prepareValueMetrics(target, score, { quantile: 0.5, isCount })
    return (counts) => {
      const { mae, rmse, r2, mean_poisson_deviance } = measure(counts)
      return {
        mean_absolute_error: mae,
        root_mean_squared_error: rmse,
        r2,
        ...(mean_poisson_deviance !== undefined && { mean_poisson_deviance }),
      }
    }
  })
}

function measureClasses(
  rows: LabelledRows,
  classes: readonly (string | number)[],
  settings: PerformanceSettings,
): Measured {
  const places = new Map(classes.map((_, place) => [classNumber(classes, place), place]))
  const { target: labels, scores } = keepRows(
    rows,
    (label, row) => places.has(label) && rowOf(rows, row).every(isProbability),
  )
  const target = labels.map((label) => places.get(label)!)
  // As single numbers, which they were: sums of them are 1 to so many digits.
  const values = Float32Array.from({ length: target.length * classes.length }, (_, i) => {
    const row = Math.floor(i / classes.length)
    return scores[i % classes.length]![row]!
  })
  return measureSampled(
    target,
    settings,
    () => prepareClassMetrics(target, { rows: target.length, columns: classes.length, values }),
    target,
  )
}

function rowOf({ scores }: LabelledRows, row: number): readonly number[] {
  return scores.map((column) => column[row]!)
}

function measureSampled(
  target: Float64Array,
  settings: PerformanceSettings,
  prepare: () => (counts: Float64Array) => object,
  classes?: DrawnRows['classes'],
): Measured {
  const state = stateOf(target, settings, classes !== undefined)
  const labels = target.length
  if (state !== 'measured') return { state, labels, metrics: {} }
  const drawn = { rows: labels, classes }
  return { state, labels, metrics: measureWithIntervals(prepare(), drawn, bootstrapOf(settings)) }
}

function bootstrapOf({ seed, replicates, confidenceLevel: level }: PerformanceSettings) {
  return { random: createRandom(seed), replicates, level }
}

function keepRows(
  { target, scores }: LabelledRows,
  isKept: (label: number, row: number) => boolean,
): LabelledRows {
  const kept = Uint8Array.from(target, (label, row) => Number(isKept(label, row)))
  return {
    target: target.filter((_, row) => kept[row] === 1),
    scores: scores.map((column) => column.filter((_, row) => kept[row] === 1)),
  }
}

function isProbability(score: number): boolean {
  return score >= 0 && score <= 1
}

function within(value: number, [lower, upper]: Interval): MonitoredMetric {
  return { value, lower, upper }
}

function stateOf(
  target: Float64Array,
  { minLabels }: PerformanceSettings,
  areClasses: boolean,
): Measured['state'] {
  if (target.length === 0) return 'no-labels'
  if (target.length < minLabels) return 'too-few-labels'
  return areClasses && target.every((label) => label === target[0]) ? 'one-class' : 'measured'
}
