import {
  reportEvaluation,
  type EvaluationOptions,
  type EvaluationReport,
} from './evaluation-report.ts'
import type { Matrix } from '../core/matrix.ts'
import { costMetric, headlineMetrics } from './headline-metrics.ts'
import { callClasses } from './metrics/class-metrics.ts'
import { calibrationCurve, precisionRecallCurve, rocCurve } from './metrics/index.ts'
import {
  reportClasses,
  reportValues,
  type ClassOptions,
  type ClassReport,
  type OutputOptions,
  type ValueReport,
} from './output-report.ts'
import { quantile } from '../math/quantile.ts'

/** Metrics by scikit-learn's names, the headline ones with `_lower` and `_upper` of their interval. */
export type Metrics = Readonly<Record<string, number>>

/** Points of one curve: column names and rows of numbers. */
export interface Curve {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly number[])[]
}

export interface Evaluation<R = EvaluationReport | ValueReport | ClassReport> {
  readonly metrics: Metrics
  readonly report: R
  /** By file name. */
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
): Evaluation<EvaluationReport> {
  const report = reportEvaluation(target, probability, options)
  const metrics = listMetrics(report, headlineMetrics.probability)
  const { positive_share, rows } = report
  return {
    metrics: { ...metrics, positive_share, rows },
    report,
    curves: curvesOf(target, probability),
  }
}

/**
 * Measures predicted numbers against what happened, with intervals as `evaluateProbabilities`.
 *
 * @throws {ToolkitError} as `reportValues`
 */
export function evaluateValues(
  target: Float64Array,
  prediction: ArrayLike<number>,
  options: Parameters<typeof reportValues>[2],
): Evaluation<ValueReport> {
  const report = reportValues(target, prediction, options)
  const metrics = listMetrics(report, headlineMetrics.value)
  return {
    metrics: {
      ...metrics,
      rows: report.rows,
      ...(report.interval && { interval_covered: report.interval.covered }),
    },
    report,
    curves: {
      reliability: reliabilityCurve(target, prediction),
      residuals: residualCurve(target, prediction),
    },
  }
}

/**
 * Measures probabilities of classes against what happened, with intervals as `evaluateProbabilities`.
 *
 * @param target - numbers of classes from 0, shape [rows]
 * @param probabilities - shape [rows, classes]
 * @throws {ToolkitError} as `reportClasses`
 */
export function evaluateClasses(
  target: Float64Array,
  probabilities: Matrix,
  options: OutputOptions & ClassOptions,
): Evaluation<ClassReport> {
  const report = reportClasses(target, probabilities, options)
  const metrics = listMetrics(report, [...headlineMetrics.classes, costMetric])
  return {
    metrics: { ...metrics, rows: report.rows },
    report,
    curves: { confidence: confidenceCurve(target, probabilities) },
  }
}

/** The numbers of a report in one row, few enough for a table of all models. */
function listMetrics(
  { metrics }: Pick<EvaluationReport, 'metrics'>,
  headline: readonly string[],
): Metrics {
  const numbers = Object.entries(metrics).flatMap(([name, { value, lower, upper }]) =>
    headline.includes(name)
      ? [
          [name, value],
          [`${name}_lower`, lower],
          [`${name}_upper`, upper],
        ]
      : [[name, value]],
  )
  return Object.fromEntries(numbers)
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

/** Mean target over mean prediction, of tenths of the rows by their prediction: on the diagonal both are the same. */
function reliabilityCurve(target: Float64Array, prediction: ArrayLike<number>): Curve {
  const order = [...target.keys()].sort((a, b) => prediction[a]! - prediction[b]! || a - b)
  const bins = Array.from({ length: calibrationBins }, (_, bin) =>
    order.slice(
      Math.round((bin * order.length) / calibrationBins),
      Math.round(((bin + 1) * order.length) / calibrationBins),
    ),
  )
  return {
    columns: ['mean_prediction', 'mean_target', 'rows'],
    rows: bins
      .filter((rows) => rows.length > 0)
      .map((rows) => [meanOver(rows, prediction), meanOver(rows, target), rows.length]),
  }
}

function meanOver(rows: readonly number[], values: ArrayLike<number>): number {
  return rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length
}

/** Target less prediction at quantiles of the rows, every twentieth. */
function residualCurve(target: Float64Array, prediction: ArrayLike<number>): Curve {
  const sorted = target.map((value, row) => value - prediction[row]!).sort()
  return {
    columns: ['quantile', 'residual'],
    rows: Array.from({ length: 21 }, (_, i) => [i / 20, quantile(sorted, i / 20)]),
  }
}

/** How often the class that is called is right, over how likely the model says it is. */
function confidenceCurve(target: Float64Array, probabilities: Matrix): Curve {
  const { columns, values } = probabilities
  const called = callClasses(probabilities)
  const sure = Float64Array.from(called, (call, row) => values[row * columns + call]!)
  const isRight = Float64Array.from(called, (call, row) => Number(call === target[row]))
  const { rows } = reliabilityCurve(isRight, sure)
  return { columns: ['mean_predicted_probability', 'right_share', 'rows'], rows }
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
