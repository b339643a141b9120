/** How good the predictions of a window were. */

import type { MonitoredMetric, MonitoredPerformance } from '../core/monitored-window.ts'
import type { ModelOutput } from '../core/predictor.ts'
import { createRandom } from '../core/random.ts'
import type { LabelledRows } from '../monitoring/watch/log-view-store.ts'
import {
  accuracyScore,
  bootstrapIntervals,
  brierScoreLoss,
  logLoss,
  meanAbsoluteError,
  r2Score,
  rocAucScore,
  rootMeanSquaredError,
  type Interval,
} from '../training/metrics/index.ts'
import type { Monitoring } from './monitor-parameters.ts'

type Settings = Pick<Monitoring, 'minLabels' | 'replicates' | 'confidenceLevel' | 'seed'>
type Measured = Omit<MonitoredPerformance, 'segments'>

/**
 * Measures rows whose label is known. Of a probability, rows whose label is neither 0 nor 1 are left out;
 * of a model of several classes nothing is measured.
 */
export function measurePerformance(
  rows: LabelledRows,
  output: ModelOutput['kind'],
  settings: Settings,
): Measured {
  if (output === 'value') return measureValues(rows, settings)
  const isKnown = (row: number): boolean =>
    isClass(rows.target[row]!) && isProbability(rows.score[row]!)
  const target = rows.target.filter((_, row) => isKnown(row))
  const score = rows.score.filter((_, row) => isKnown(row))
  const labels = target.length
  const positives = target.reduce((sum, label) => sum + label, 0)
  const state = stateOf(labels, settings, positives === 0 || positives === labels)
  if (state !== 'measured' || output === 'classes') return { state, labels, positives, metrics: {} }
  const intervals = bootstrapIntervals(target, score, {
    random: createRandom(settings.seed),
    replicates: settings.replicates,
    level: settings.confidenceLevel,
  })
  const metrics = {
    roc_auc: within(rocAucScore(target, score), intervals.rocAuc),
    log_loss: within(logLoss(target, score), intervals.logLoss),
    brier_score: within(brierScoreLoss(target, score), intervals.brier),
    accuracy: within(accuracyScore(target, score), intervals.accuracy),
  }
  return { state, labels, positives, metrics }
}

function isClass(label: number): boolean {
  return label === 0 || label === 1
}

function isProbability(score: number): boolean {
  return score >= 0 && score <= 1
}

function within(value: number, [lower, upper]: Interval): MonitoredMetric {
  return { value, lower, upper }
}

function measureValues({ target, score }: LabelledRows, settings: Settings): Measured {
  const labels = target.length
  const state = stateOf(labels, settings, false)
  if (state !== 'measured') return { state, labels, positives: 0, metrics: {} }
  const metrics = {
    mean_absolute_error: { value: meanAbsoluteError(target, score) },
    root_mean_squared_error: { value: rootMeanSquaredError(target, score) },
    r2: { value: r2Score(target, score) },
  }
  return { state, labels, positives: 0, metrics }
}

function stateOf(labels: number, { minLabels }: Settings, isOneClass: boolean): Measured['state'] {
  if (labels === 0) return 'no-labels'
  if (labels < minLabels) return 'too-few-labels'
  return isOneClass ? 'one-class' : 'measured'
}
