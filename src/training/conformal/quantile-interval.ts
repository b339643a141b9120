import { refuseProblems } from '../refuse-problems.ts'
import { unknownOptions } from '../splitting/split-options.ts'
import { coverageProblems, coverageQuantile, type CoverageOptions } from './coverage-rank.ts'
import { checkLengths, numberProblems } from './number-problems.ts'
import type { Intervals } from './residual-interval.ts'

/** Two predicted quantiles of each row. */
export interface PredictedQuantiles {
  /** Finite, shape [rows]. */
  readonly lower: ArrayLike<number>
  /** Finite, shape [rows]; models may cross, so it may be below `lower`. */
  readonly upper: ArrayLike<number>
}

/** A fitted correction of predicted quantiles. */
export interface QuantileInterval {
  readonly kind: 'quantile'
  readonly coverage: number
  /** By how much both ends move outwards; inwards when negative. */
  readonly margin: number
}

/**
 * Corrects the quantiles of two models, such as boosted trees with the objective
 * `quantile`, to prediction intervals that cover: conformalized quantile regression
 * [Romano, Patterson & Candès 2019]. The law is that of `fitResidualInterval`; the
 * intervals are as wide as the models say each row needs.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` for a number that is not finite, a coverage out of range, or
 *   too few rows for it; `SHAPE_MISMATCH`
 *
 * @example
 * ```ts
 * import { fitQuantileInterval, predictQuantileInterval } from 'ml-pipeline-toolkit'
 * const held = { target: [1, 2, 3, 9], lower: [0, 0, 0, 0], upper: [4, 4, 4, 4] }
 * const interval = fitQuantileInterval(held, { coverage: 0.8 }) // the fourth of -2, -1, -1, 5
 * predictQuantileInterval(interval, { lower: [0], upper: [4] }).upper // => Float64Array.of(9)
 * ```
 */
export function fitQuantileInterval(
  rows: PredictedQuantiles & { readonly target: ArrayLike<number> },
  options: CoverageOptions = {},
): QuantileInterval {
  const { target, lower, upper } = rows
  const { coverage = 0.9 } = options
  checkLengths({ target, lower, upper })
  refuseProblems(
    [
      ...unknownOptions(options, ['coverage']),
      ...coverageProblems(target.length, coverage),
      ...numberProblems({ target, lower, upper }),
    ],
    'fit on scored rows that the models were not fitted to',
  )
  const scores = Float64Array.from(target, (y, row) => Math.max(lower[row]! - y, y - upper[row]!))
  return { kind: 'quantile', coverage, margin: coverageQuantile(scores, coverage) }
}

/**
 * The intervals of new rows. Where a negative margin moves the ends past each other, both are in the middle.
 *
 * @throws {ToolkitError} `TRAINING_INVALID`, `SHAPE_MISMATCH` as the fit
 */
export function predictQuantileInterval(
  { margin }: QuantileInterval,
  { lower, upper }: PredictedQuantiles,
): Intervals {
  checkLengths({ lower, upper })
  refuseProblems(numberProblems({ lower, upper }), 'correct the predictions of these rows')
  const ends = Array.from(lower, (low, row) => {
    const [from, to] = [low - margin, upper[row]! + margin]
    return from <= to ? { from, to } : { from: (from + to) / 2, to: (from + to) / 2 }
  })
  return {
    lower: Float64Array.from(ends, ({ from }) => from),
    upper: Float64Array.from(ends, ({ to }) => to),
  }
}
