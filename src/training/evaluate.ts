import type { Random } from '../core/random.ts'
import {
  accuracyScore,
  averagePrecisionScore,
  bootstrapIntervals,
  brierScoreLoss,
  calibrationCurve,
  logLoss,
  precisionRecallCurve,
  rocAucScore,
  rocCurve,
} from './metrics/index.ts'

/** Metrics by scikit-learn's names, each of the first three with `_lower` and `_upper` of its interval. */
export type Metrics = Readonly<Record<string, number>>

/** Points of one curve: column names and rows of numbers. */
export interface Curve {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly number[])[]
}

export interface Evaluation {
  readonly metrics: Metrics
  /** By file name: roc, precision_recall, calibration. */
  readonly curves: Readonly<Record<string, Curve>>
}

/**
 * Measures probabilities against what happened. Intervals are percentiles of
 * bootstrap resamples of the rows, so they say how much luck of the draw is in a number.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` when the target has one class or a probability is none.
 */
export function evaluateProbabilities(
  target: Float64Array,
  probability: Float64Array,
  options: { readonly random: Random; readonly replicates: number; readonly level: number },
): Evaluation {
  const intervals = bootstrapIntervals(target, probability, options)
  const metrics: Metrics = {
    roc_auc: rocAucScore(target, probability),
    roc_auc_lower: intervals.rocAuc[0],
    roc_auc_upper: intervals.rocAuc[1],
    log_loss: logLoss(target, probability),
    log_loss_lower: intervals.logLoss[0],
    log_loss_upper: intervals.logLoss[1],
    brier_score: brierScoreLoss(target, probability),
    brier_score_lower: intervals.brier[0],
    brier_score_upper: intervals.brier[1],
    average_precision: averagePrecisionScore(target, probability),
    accuracy: accuracyScore(target, probability, { threshold: 0.5 }),
    positive_share: target.reduce((sum, y) => sum + y, 0) / target.length,
    rows: target.length,
  }
  return { metrics, curves: curvesOf(target, probability) }
}

const curvePoints = 200
const calibrationBins = 10

function curvesOf(target: Float64Array, probability: Float64Array): Record<string, Curve> {
  const roc = rocCurve(target, probability)
  const precisionRecall = precisionRecallCurve(target, probability)
  const calibration = calibrationCurve(target, probability, {
    bins: calibrationBins,
    strategy: 'quantile',
  })
  return {
    roc: {
      columns: ['false_positive_rate', 'true_positive_rate'],
      rows: thin(zip(roc.falsePositiveRate, roc.truePositiveRate)),
    },
    precision_recall: {
      columns: ['recall', 'precision'],
      rows: thin(zip(precisionRecall.recall, precisionRecall.precision)),
    },
    calibration: {
      columns: ['mean_predicted_probability', 'positive_share', 'rows'],
      rows: calibration.map((bin) => [bin.meanProbability, bin.observedShare, bin.count]),
    },
  }
}

function zip(a: ArrayLike<number>, b: ArrayLike<number>): [number, number][] {
  return Array.from({ length: a.length }, (_, i) => [a[i]!, b[i]!])
}

/** Keeps the ends and evenly many points between: enough for a plot, small enough for git and a page. */
function thin<T>(points: readonly T[]): readonly T[] {
  if (points.length <= curvePoints) return points
  const last = points.length - 1
  return Array.from(
    { length: curvePoints },
    (_, i) => points[Math.round((i * last) / (curvePoints - 1))]!,
  )
}

/** The curve as CSV text with a header, six digits after the point. */
export function formatCurve(curve: Curve): string {
  const lines = curve.rows.map((row) => row.map((value) => Number(value.toFixed(6))).join(','))
  return `${[curve.columns.join(','), ...lines].join('\n')}\n`
}
