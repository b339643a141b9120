import { rowHits } from './accuracy-score.ts'
import { meanPrecision } from './average-precision-score.ts'
import { rowBrierLosses } from './brier-score-loss.ts'
import { rowLogLosses } from './log-loss.ts'
import { countCumulatively, rankScores } from './ranking.ts'
import { areaUnderRoc } from './roc-auc-score.ts'

/** The metrics that can be resampled, and which way is better. Accuracy is at 0.5. */
export const metricDirections = {
  rocAuc: 'higher',
  averagePrecision: 'higher',
  logLoss: 'lower',
  brier: 'lower',
  accuracy: 'higher',
} as const satisfies Record<string, 'higher' | 'lower'>

/** The metrics that can be resampled. */
export type MetricName = keyof typeof metricDirections

/** The metric of a sample in which row r occurs `counts[r]` times; both classes must occur. */
export type ResampledMetric = (counts: Uint32Array) => number

/** Does once what does not depend on the sample: sorting for ranks, logarithms for losses. */
export function prepareMetric(
  name: MetricName,
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
): ResampledMetric {
  switch (name) {
    case 'rocAuc': {
      const ranking = rankScores(probability)
      return (counts) => areaUnderRoc(countCumulatively(ranking, target, counts))
    }
    case 'averagePrecision': {
      const ranking = rankScores(probability)
      return (counts) => meanPrecision(countCumulatively(ranking, target, counts))
    }
    case 'logLoss':
      return weightedMean(rowLogLosses(target, probability))
    case 'brier':
      return weightedMean(rowBrierLosses(target, probability))
    case 'accuracy':
      return weightedMean(rowHits(target, probability, 0.5))
  }
}

function weightedMean(values: Float64Array): ResampledMetric {
  return (counts) => {
    let sum = 0
    let total = 0
    for (let row = 0; row < values.length; row++) {
      sum += counts[row]! * values[row]!
      total += counts[row]!
    }
    return sum / total
  }
}
