import { exp } from '../../math/index.ts'
import type { ClassProbabilities, WeightOptions } from '../metrics/index.ts'
import { checkClassScores } from './calibration-problems.ts'
import type { TemperatureScaling } from './class-calibration.ts'

/** Beyond these, classes are told apart wholly or not at all: scikit-learn's bounds. */
const bounds = { low: exp(-10), high: exp(10) }
const tolerance = 1e-14
/** They converge in a few, but where the loss has no least value. */
const newtonSteps = 30

/**
 * Fits the one number that scores are multiplied with for the least log loss of their softmax [Guo et al. 2017]: scikit-learn's
 * CalibratedClassifierCV with `method='temperature'`. It moves no row's order of classes, and accuracy stays.
 *
 * @param scores - of rows that the model was not fitted to, finite, shape [rows, classes]; their softmax is the probabilities
 * @param target - numbers of classes from 0, of which each occurs, shape [rows]
 * @returns a scale from e⁻¹⁰ to e¹⁰; a large one, which no larger one betters, where the scores are always right
 * @throws {ToolkitError} `TRAINING_INVALID` for a score that is not finite, a class without rows, or bad weights; `SHAPE_MISMATCH`
 *
 * @example
 * ```ts
 * import { fitTemperature } from 'ml-pipeline-toolkit'
 * const scores = { rows: 4, columns: 2, values: [9, 0, 9, 0, 9, 0, 0, 9] }
 * // Right for three of four: 1 / (1 + e^(−9 · scale)) is 3/4.
 * fitTemperature(scores, [0, 0, 1, 1]).scale.toFixed(6) // => (Math.log(3) / 9).toFixed(6)
 * ```
 */
export function fitTemperature(
  scores: ClassProbabilities,
  target: ArrayLike<number>,
  options: WeightOptions = {},
): TemperatureScaling {
  checkClassScores(scores, target, options)
  let { low, high } = bounds
  let scale = 1
  // Newton's steps on a loss that is convex in the scale; by halves of what is left where one leads out of it, or they do not end.
  for (let step = 0; step < 200; step++) {
    const { slope, curvature } = derivativesAt(scale, scores, target, options.weights)
    const way = slope / curvature
    if (slope === 0 || Math.abs(way) <= tolerance * scale) break
    if (slope > 0) high = scale
    else low = scale
    if (high <= low * (1 + tolerance)) break
    const next = step < newtonSteps ? scale - way : NaN
    scale = next > low && next < high ? next : Math.sqrt(low * high)
  }
  return { kind: 'temperature', scale }
}

/** The first and the second derivative of the log loss, not divided by the weights. */
function derivativesAt(
  scale: number,
  { rows, columns, values }: ClassProbabilities,
  target: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): { readonly slope: number; readonly curvature: number } {
  let [slope, curvature] = [0, 0]
  for (let row = 0; row < rows; row++) {
    const start = row * columns
    let largest = -Infinity
    for (let k = 0; k < columns; k++) largest = Math.max(largest, values[start + k]!)
    let [total, first, second] = [0, 0, 0]
    for (let k = 0; k < columns; k++) {
      const score = values[start + k]! - largest
      const power = exp(scale * score)
      total += power
      first += power * score
      second += power * score * score
    }
    const mean = first / total
    const weight = weights?.[row] ?? 1
    slope += weight * (mean - (values[start + target[row]!]! - largest))
    curvature += weight * (second / total - mean * mean)
  }
  return { slope, curvature }
}
