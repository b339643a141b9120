import { meanPrecision } from './average-precision-score.ts'
import { rowBrierLosses } from './brier-score-loss.ts'
import { shareOf } from './confusion-counts.ts'
import { prepareCalibrationError } from './expected-calibration-error.ts'
import { largestRateDistance } from './kolmogorov-smirnov-score.ts'
import { liftOfTop } from './lift-score.ts'
import { rowLogLosses } from './log-loss.ts'
import { type CumulativeCounts, prepareCounting, type Ranking, rankScores } from './ranking.ts'
import { areaUnderRoc } from './roc-auc-score.ts'
import type { Counts } from './resample-rows.ts'
import { weightedMean } from './weighted-mean.ts'

/** The metrics that can be resampled, and which way is better. */
export const metricDirections = {
  rocAuc: 'higher',
  averagePrecision: 'higher',
  logLoss: 'lower',
  brier: 'lower',
  accuracy: 'higher',
  precision: 'higher',
  recall: 'higher',
  f1: 'higher',
  expectedCalibrationError: 'lower',
  kolmogorovSmirnov: 'higher',
  lift: 'higher',
} as const satisfies Record<string, 'higher' | 'lower'>

/** The metrics that can be resampled. */
export type MetricName = keyof typeof metricDirections

/** All of them. */
export const metricNames: readonly MetricName[] = [
  'rocAuc',
  'averagePrecision',
  'logLoss',
  'brier',
  'accuracy',
  'precision',
  'recall',
  'f1',
  'expectedCalibrationError',
  'kolmogorovSmirnov',
  'lift',
]

/** What some of the metrics need to know. */
export interface MetricSettings {
  /** Rows from here upwards are called class 1; from 0 to 1, default 0.5. */
  readonly threshold?: number
  /** Of the rows with the highest scores, for lift; above 0 to 1, default 0.1. */
  readonly share?: number
}

/** The metric of a sample in which row r occurs `counts[r]` times; both classes must occur. */
export type ResampledMetric = (counts: Counts) => number

/** Does once what does not depend on the sample: sorting for ranks, logarithms for losses. */
export function prepareMetric(
  name: MetricName,
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  settings: MetricSettings = {},
): ResampledMetric {
  if (isRowMetric(name)) return prepareRowMetric(name, target, probability)
  const ranking = rankScores(probability)
  const metric = prepareRankMetrics(ranking, probability, settings)[name]
  const count = prepareCounting(ranking, target)
  return (counts) => metric(count(counts))
}

/** As {@link prepareMetric}, for some of them: what several are counted from is counted once a sample. */
export function prepareMetrics(
  names: readonly MetricName[],
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  settings: MetricSettings = {},
): (counts: Counts) => readonly number[] {
  const ranking = rankScores(probability)
  const ranked = prepareRankMetrics(ranking, probability, settings)
  const count = prepareCounting(ranking, target)
  const averageLosses = prepareLosses(target, probability)
  const calibrationError = prepareCalibrationError(target, probability)
  return (counts) => {
    const cumulative = count(counts)
    const losses = averageLosses(counts)
    return names.map((name) => {
      if (name === 'expectedCalibrationError') return calibrationError(counts)
      return isRowMetric(name) ? losses[name] : ranked[name](cumulative)
    })
  }
}

/** Means over rows or bins; all others come from counts by falling probability. */
type RowMetricName = 'logLoss' | 'brier' | 'expectedCalibrationError'

function isRowMetric(name: MetricName): name is RowMetricName {
  return name === 'logLoss' || name === 'brier' || name === 'expectedCalibrationError'
}

function prepareRowMetric(
  name: RowMetricName,
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
): ResampledMetric {
  if (name === 'expectedCalibrationError') return prepareCalibrationError(target, probability)
  const losses = (name === 'brier' ? rowBrierLosses : rowLogLosses)(target, probability)
  return (counts) => weightedMean(losses, counts)
}

/** Both losses in one pass: each sums in the order of the rows, as it does alone. */
function prepareLosses(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
): (counts: Counts) => { readonly logLoss: number; readonly brier: number } {
  const logLosses = rowLogLosses(target, probability)
  const brierLosses = rowBrierLosses(target, probability)
  return (counts) => {
    let total = 0
    let logLoss = 0
    let brier = 0
    for (let row = 0; row < counts.length; row++) {
      const count = counts[row]!
      total += count
      logLoss += count * logLosses[row]!
      brier += count * brierLosses[row]!
    }
    return { logLoss: logLoss / total, brier: brier / total }
  }
}

type RankMetric = (counts: CumulativeCounts) => number

function prepareRankMetrics(
  ranking: Ranking,
  probability: ArrayLike<number>,
  { threshold = 0.5, share = 0.1 }: MetricSettings,
): Readonly<Record<Exclude<MetricName, RowMetricName>, RankMetric>> {
  const called = countGroupsFrom(threshold, ranking, probability)
  return {
    rocAuc: areaUnderRoc,
    averagePrecision: meanPrecision,
    kolmogorovSmirnov: largestRateDistance,
    lift: (counts) => liftOfTop(counts, share),
    accuracy: (counts) => {
      const { hits, alarms, positives, negatives } = callsOf(counts, called)
      return (hits + negatives - alarms) / (positives + negatives)
    },
    precision: (counts) => {
      const { hits, alarms } = callsOf(counts, called)
      return shareOf(hits, hits + alarms)
    },
    recall: (counts) => {
      const { hits, positives } = callsOf(counts, called)
      return shareOf(hits, positives)
    },
    f1: (counts) => {
      const { hits, alarms, positives } = callsOf(counts, called)
      return shareOf(2 * hits, hits + alarms + positives)
    },
  }
}

/** How many groups of equal probability are at the threshold or above. */
function countGroupsFrom(
  threshold: number,
  { order, groupEnds }: Ranking,
  probability: ArrayLike<number>,
): number {
  let groups = 0
  while (groups < groupEnds.length && probability[order[groupEnds[groups]! - 1]!]! >= threshold) {
    groups++
  }
  return groups
}

/** Rows of class 1 and of class 0 that are called class 1, and all of each class. */
function callsOf(
  { truePositives, falsePositives }: CumulativeCounts,
  called: number,
): { hits: number; alarms: number; positives: number; negatives: number } {
  return {
    hits: called === 0 ? 0 : truePositives[called - 1]!,
    alarms: called === 0 ? 0 : falsePositives[called - 1]!,
    positives: truePositives.at(-1)!,
    negatives: falsePositives.at(-1)!,
  }
}
