import {
  reportEvaluation,
  type EvaluationOptions,
  type EvaluationReport,
} from './evaluation-report.ts'
import { headlineMetrics } from './headline-metrics.ts'
import { calibrationCurve, precisionRecallCurve, rocCurve } from './metrics/index.ts'

/** Metrics by scikit-learn's names, the headline ones with `_lower` and `_upper` of their interval. */
export type Metrics = Readonly<Record<string, number>>

/** Points of one curve: column names and rows of numbers. */
export interface Curve {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly number[])[]
}

export interface Evaluation {
  readonly metrics: Metrics
  readonly report: EvaluationReport
  /** By file name: roc, precision_recall, calibration. */
  readonly curves: Readonly<Record<string, Curve>>
}

/**
 * Measures probabilities against what happened. Intervals are percentiles of
 * bootstrap resamples of the rows, so they say how much luck of the draw is in a number.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} as `reportEvaluation`
 */
export function evaluateProbabilities(
  target: Float64Array,
  probability: Float64Array,
  options: EvaluationOptions,
): Evaluation {
  const report = reportEvaluation(target, probability, options)
  return { metrics: listMetrics(report), report, curves: curvesOf(target, probability) }
}

/** The numbers of a report in one row, few enough for a table of all models. */
function listMetrics({ metrics, positive_share, rows }: EvaluationReport): Metrics {
  const headline: readonly string[] = headlineMetrics
  const numbers = Object.entries(metrics).flatMap(([name, { value, lower, upper }]) =>
    headline.includes(name)
      ? [
          [name, value],
          [`${name}_lower`, lower],
          [`${name}_upper`, upper],
        ]
      : [[name, value]],
  )
  return { ...Object.fromEntries(numbers), positive_share, rows }
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
