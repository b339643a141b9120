import { type CalibrationOptions, innerEdges, binOf } from './calibration-curve.ts'
import { checkProbabilities } from './check-predictions.ts'
import { checkClassWeights, type WeightOptions } from './check-weights.ts'

/**
 * Expected calibration error: the distance between mean probability and
 * observed share of each bin, averaged over the rows. 0 to 1; 0 is calibrated. [Naeini 2015]
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @param options - `bins` is 10 unless said, equally wide unless `strategy` is 'quantile'
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row, weight or option.
 *
 * @example
 * ```ts
 * import { expectedCalibrationError } from 'ml-pipeline-toolkit'
 * expectedCalibrationError([0, 1, 0, 1], [0.25, 0.75, 0.25, 0.75]) // => 0.25
 * ```
 */
export function expectedCalibrationError(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  { bins = 10, strategy = 'uniform', weights }: CalibrationOptions & WeightOptions = {},
): number {
  checkProbabilities(target, probability)
  checkClassWeights(target, weights)
  return prepareCalibrationError(target, probability, { bins, strategy })(weights)
}

/** The error of a sample in which row r counts `weights[r]` times; the bins stay those of all rows. */
export function prepareCalibrationError(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  options: CalibrationOptions = { bins: 10 },
): (weights?: ArrayLike<number>) => number {
  const edges = innerEdges(probability, options)
  const binOfRow = Uint32Array.from(probability, (value) => binOf(value, edges))
  const distances = Float64Array.from(probability, (value, row) => target[row]! - value)
  const gaps = new Float64Array(edges.length + 1)
  return (weights) => {
    gaps.fill(0)
    let total = 0
    for (let row = 0; row < distances.length; row++) {
      const weight = weights === undefined ? 1 : weights[row]!
      gaps[binOfRow[row]!]! += weight * distances[row]!
      total += weight
    }
    // A bin's weight times its distance is the distance between its sums.
    return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / total
  }
}
