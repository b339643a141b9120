import { ToolkitError } from '../../core/errors.ts'
import { quantile } from '../../math/quantile.ts'
import { checkProbabilities } from './check-predictions.ts'

/** How probabilities are put in bins. */
export interface CalibrationOptions {
  /** From 1; default 5. */
  readonly bins?: number
  /** 'uniform' bins are equally wide, 'quantile' bins hold about equally many rows. Default 'uniform'. */
  readonly strategy?: 'uniform' | 'quantile'
}

/** One bin that holds rows. A well calibrated model has `observedShare` near `meanProbability`. */
export interface CalibrationBin {
  readonly meanProbability: number
  /** Share of rows of class 1. */
  readonly observedShare: number
  readonly count: number
}

/**
 * Predicted probability against observed share per bin, by rising probability;
 * empty bins are left out. A probability on an edge is in the bin below it, as in scikit-learn.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row or option.
 *
 * @example
 * ```ts
 * import { calibrationCurve } from 'ml-pipeline-toolkit'
 * const [low, high] = calibrationCurve([0, 1, 0, 1], [0.25, 0.25, 0.25, 1], { bins: 2 })
 * low!.observedShare === 1 / 3 // => true
 * high // => { meanProbability: 1, observedShare: 1, count: 1 }
 * ```
 */
export function calibrationCurve(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  options: CalibrationOptions = {},
): CalibrationBin[] {
  checkProbabilities(target, probability)
  const edges = innerEdges(probability, options)
  const sums = Array.from({ length: edges.length + 1 }, () => ({
    probability: 0,
    positives: 0,
    count: 0,
  }))
  for (let row = 0; row < target.length; row++) {
    const bin = sums[binOf(probability[row]!, edges)]!
    bin.probability += probability[row]!
    bin.positives += target[row]!
    bin.count += 1
  }
  return sums
    .filter(({ count }) => count > 0)
    .map((bin) => ({
      meanProbability: bin.probability / bin.count,
      observedShare: bin.positives / bin.count,
      count: bin.count,
    }))
}

/** The edges between the bins, ascending. Shape [bins - 1]. @throws {ToolkitError} `TRAINING_INVALID` */
export function innerEdges(
  probability: ArrayLike<number>,
  { bins = 5, strategy = 'uniform' }: CalibrationOptions,
): Float64Array {
  if (!(Number.isInteger(bins) && bins >= 1)) {
    throw new ToolkitError(
      'TRAINING_INVALID',
      `'bins' is ${bins}, expected an integer of at least 1`,
      {
        hint: 'pass how many bins to draw',
      },
    )
  }
  const edges = new Float64Array(bins - 1)
  const sorted = strategy === 'quantile' ? Float64Array.from(probability).sort() : undefined
  for (let i = 0; i < edges.length; i++) {
    // Not (i + 1) / bins: numpy's linspace multiplies, and 3 · (1 / 10) is not 3 / 10.
    const share = (i + 1) * (1 / bins)
    edges[i] = sorted === undefined ? share : quantile(sorted, share)
  }
  return edges
}

/** How many edges lie below the probability. */
export function binOf(probability: number, edges: Float64Array): number {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (edges[middle]! < probability) low = middle + 1
    else high = middle
  }
  return low
}
