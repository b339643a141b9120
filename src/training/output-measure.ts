/** How numbers and classes are measured, row by row the same, whole and by slices, alone and against each other. */

import type { ClassCosts } from '../core/called-class.ts'
import type { Matrix } from '../core/matrix.ts'
import { costMetric } from './headline-metrics.ts'
import { prepareClassAverages } from './metrics/class-averages.ts'
import { rowClassCosts } from './metrics/class-costs.ts'
import { prepareClassMetrics } from './metrics/class-metrics.ts'
import { haveDeviance } from './metrics/mean-poisson-deviance.ts'
import { prepareValueMetrics, type ValueSettings } from './metrics/value-metrics.ts'
import { weightedMean } from './metrics/weighted-mean.ts'
import type { SampledMetrics } from './metrics/weighted-resamples.ts'
import { tooFew } from './slices.ts'
import { pickValues } from './splitting/pick-rows.ts'

/** Predictions with what they are held against. */
export interface OutputMeasure {
  /** Metrics of some rows, in which row r of them counts `counts[r]` times. */
  prepare(rows: Int32Array): SampledMetrics
  /** The number of the class of each row; absent where there are none. */
  readonly classes?: Float64Array
  /** Of the classes, all rows. */
  readonly probabilities?: Matrix
  /** Why nothing can be measured on these rows; undefined when it can. */
  whyNot(rows: Int32Array, least: number): string | undefined
}

/**
 * Measures predicted numbers.
 *
 * @param settings - `isCount`: where they are no counts or not all are predicted above 0, there is no deviance
 */
export function measureValues(
  target: Float64Array,
  prediction: ArrayLike<number>,
  { quantile, isCount = false }: ValueSettings,
): OutputMeasure {
  const settings = { quantile, isCount: isCount && haveDeviance(target, prediction) }
  return {
    prepare: (rows) =>
      prepareValueMetrics(pickValues(target, rows), pickValues(prediction, rows), settings),
    whyNot: ({ length }, least) =>
      length < least ? `${length} rows, fewer than ${least}` : undefined,
  }
}

/** What may be measured of classes besides. */
interface ClassSettings {
  readonly costs?: ClassCosts | undefined
  readonly hasAverages?: boolean
}

/**
 * Measures probabilities of classes.
 *
 * @param target - numbers of classes from 0, shape [rows]
 * @param probabilities - shape [rows, classes]
 * @param settings - `costs`: with `mean_cost`, of the calls that are expected to cost least; `hasAverages`: with what takes longer
 *   to count, as `prepareClassAverages` does
 */
export function measureClasses(
  target: Float64Array,
  probabilities: Matrix,
  { costs, hasAverages = false }: ClassSettings = {},
): OutputMeasure {
  const { columns, values } = probabilities
  const prepare = hasAverages ? prepareClassAverages : prepareClassMetrics
  return {
    classes: target,
    probabilities,
    prepare: (rows) => {
      const picked = new Float32Array(rows.length * columns)
      rows.forEach((row, i) =>
        picked.set(values.subarray(row * columns, (row + 1) * columns), i * columns),
      )
      const part = { rows: rows.length, columns, values: picked }
      const labels = pickValues(target, rows)
      const metricsOf = prepare(labels, part)
      if (costs === undefined) return metricsOf
      const rowCosts = rowClassCosts(labels, part, costs)
      return (counts) => ({ ...metricsOf(counts), [costMetric]: weightedMean(rowCosts, counts) })
    },
    whyNot: (rows, least) => tooFew(pickValues(target, rows), least),
  }
}

/** Some rows of a measure, with what a sample of them needs to know. */
export function drawnRows(
  { classes }: OutputMeasure,
  rows: Int32Array,
  weights: Float64Array | undefined,
): {
  readonly rows: number
  readonly weights?: Float64Array | undefined
  readonly classes?: Float64Array | undefined
} {
  return {
    rows: rows.length,
    weights: weights && pickValues(weights, rows),
    classes: classes && pickValues(classes, rows),
  }
}
