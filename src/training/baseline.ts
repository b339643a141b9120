/** The model without features that every other must beat: scikit-learn calls it a dummy. */

import type { ModelOutput } from '../core/predictor.ts'
import type { HeadlineMetric } from './headline-metrics.ts'

/** Targets of the rows that models learn from. */
interface LearntTargets {
  /** NaN where it is missing. Shape [rows]. */
  readonly y: Float64Array
  /** How much each row counts; all alike when absent. Shape [rows]. */
  readonly weights?: Float64Array
}

/**
 * The one answer that a model without features gives to every row: how likely each class is, the mean, or for `mae` the median, which is
 * the best constant by that metric.
 *
 * @returns as a predictor gives it of one row: shape [1], or [classes]
 */
export function fitBaseline(
  { y, weights }: LearntTargets,
  output: ModelOutput,
  metric: HeadlineMetric,
): Float32Array {
  const known = [...y.keys()].filter((row) => !Number.isNaN(y[row]!))
  const weightOf = (row: number): number => weights?.[row] ?? 1
  const sum = (of: (row: number) => number): number =>
    known.reduce((total, row) => total + weightOf(row) * of(row), 0)
  const total = sum(() => 1)
  if (output.kind === 'classes') {
    return Float32Array.from(output.classes, (_, k) => sum((row) => Number(y[row] === k)) / total)
  }
  if (metric !== 'mae') return Float32Array.of(sum((row) => y[row]!) / total)
  const sorted = known.toSorted((a, b) => y[a]! - y[b]!)
  let before = 0
  const middle = sorted.find((row) => (before += weightOf(row)) >= total / 2)
  return Float32Array.of(middle === undefined ? NaN : y[middle]!)
}

/** The same answer for each of so many rows. */
export function repeatAnswer(answer: Float32Array, rows: number): Float32Array {
  const all = new Float32Array(rows * answer.length)
  for (let row = 0; row < rows; row++) all.set(answer, row * answer.length)
  return all
}
