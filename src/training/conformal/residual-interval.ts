import { checkWeights, type WeightOptions } from '../metrics/check-weights.ts'
import { effectiveRows } from '../effective-rows.ts'
import { refuseProblems } from '../refuse-problems.ts'
import { unknownOptions } from '../splitting/split-options.ts'
import {
  coverageProblems,
  coverageQuantile,
  weightedCoverageQuantile,
  type CoverageOptions,
} from './coverage-rank.ts'
import { checkLengths, numberProblems, scaleProblems } from './number-problems.ts'

/** Predictions of rows, and how far each may be off beside the others. */
export interface ScaledPredictions {
  /** Finite, shape [rows]. */
  readonly predicted: ArrayLike<number>
  /** Above 0, such as a predicted absolute error; 1 each when absent. Shape [rows]. */
  readonly scales?: ArrayLike<number> | undefined
}

/** A fitted prediction interval around a prediction. */
export interface ResidualInterval {
  readonly kind: 'residual'
  readonly coverage: number
  /** Half the width where the scale is 1. */
  readonly radius: number
}

/** Ends of prediction intervals, both within, shape [rows]. */
export interface Intervals {
  readonly lower: Float64Array
  readonly upper: Float64Array
}

/**
 * Fits prediction intervals prediction ± radius·scale by split conformal prediction
 * [Lei et al. 2018]: whatever the model and the distribution, a new row is covered with
 * a probability of at least `coverage`, provided that the rows given here and the new
 * ones are exchangeable and the model was not fitted to them. With scales the intervals
 * are wider where the model is less sure. Of rows that do not count alike the same holds on average, of new ones that
 * are drawn as often as the weights say.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` for a number that is not finite, a scale that is not above
 *   0, a coverage out of range, or too few rows for it; `SHAPE_MISMATCH`
 *
 * @example
 * ```ts
 * import { fitResidualInterval, predictResidualInterval } from 'ml-pipeline-toolkit'
 * const held = { target: [1, 2, 3, 4], predicted: [1, 3, 5, 1] }
 * const interval = fitResidualInterval(held, { coverage: 0.8 }) // errors 0, 1, 2, 3: the ⌈5 · 0.8⌉th is 3
 * predictResidualInterval(interval, { predicted: [10] }).upper // => Float64Array.of(13)
 * ```
 */
export function fitResidualInterval(
  rows: ScaledPredictions & WeightOptions & { readonly target: ArrayLike<number> },
  options: CoverageOptions = {},
): ResidualInterval {
  const { target, predicted, scales, weights } = rows
  const { coverage = 0.9 } = options
  checkLengths({ target, predicted, scales, weights })
  if (weights !== undefined) checkWeights(target.length, weights)
  refuseProblems(
    [
      ...unknownOptions(options, ['coverage']),
      ...coverageProblems(effectiveRows(target.length, weights), coverage),
      ...numberProblems({ target, predicted }),
      ...scaleProblems(scales),
    ],
    'fit on scored rows that the model was not fitted to',
  )
  const scores = Float64Array.from(
    target,
    (y, row) => Math.abs(y - predicted[row]!) / (scales?.[row] ?? 1),
  )
  const radius =
    weights === undefined
      ? coverageQuantile(scores, coverage)
      : weightedCoverageQuantile(scores, coverage, weights)
  return { kind: 'residual', coverage, radius }
}

/**
 * The intervals of new rows; pass scales exactly if the fit had them.
 *
 * @throws {ToolkitError} `TRAINING_INVALID`, `SHAPE_MISMATCH` as the fit
 */
export function predictResidualInterval(
  { radius }: ResidualInterval,
  { predicted, scales }: ScaledPredictions,
): Intervals {
  checkLengths({ predicted, scales })
  refuseProblems(
    [...numberProblems({ predicted }), ...scaleProblems(scales)],
    'correct the predictions and scales of these rows',
  )
  const ends = (sign: number): Float64Array =>
    Float64Array.from(predicted, (value, row) => value + sign * radius * (scales?.[row] ?? 1))
  return { lower: ends(-1), upper: ends(1) }
}
