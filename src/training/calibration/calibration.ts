import { sigmoid } from '../../math/sigmoid.ts'

/** Ways to make probabilities out of a model's scores; `none` leaves them, `temperature` is of several classes. */
export const calibrationMethods = ['none', 'platt', 'isotonic', 'temperature'] as const
export type CalibrationMethod = (typeof calibrationMethods)[number]

/** A logistic curve over scores: 1 / (1 + e^−(slope·score + intercept)). */
export interface PlattCalibration {
  readonly kind: 'platt'
  readonly slope: number
  readonly intercept: number
}

/** A rising curve through points, straight between them and level beyond. */
export interface IsotonicCalibration {
  readonly kind: 'isotonic'
  /** Scores, ascending, none twice, at least one. Shape [points]. */
  readonly inputs: readonly number[]
  /** What they become, never falling. Shape [points]. */
  readonly outputs: readonly number[]
}

/** A curve from scores to probabilities. */
export type Calibration = PlattCalibration | IsotonicCalibration

/** The calibrated probability of each score, shape [rows]. */
export function applyCalibration(
  calibration: Calibration,
  scores: ArrayLike<number>,
): Float64Array {
  const calibrate =
    calibration.kind === 'platt'
      ? (score: number) => sigmoid(calibration.slope * score + calibration.intercept)
      : (score: number) => interpolate(calibration, score)
  return Float64Array.from(scores, calibrate)
}

function interpolate({ inputs, outputs }: IsotonicCalibration, score: number): number {
  if (Number.isNaN(score)) return NaN
  let above = 0
  let end = inputs.length
  while (above < end) {
    const middle = (above + end) >> 1
    if (inputs[middle]! < score) above = middle + 1
    else end = middle
  }
  if (above === 0) return outputs[0]!
  if (above === inputs.length) return outputs.at(-1)!
  const below = above - 1
  const share = (score - inputs[below]!) / (inputs[above]! - inputs[below]!)
  // Rounding must not lift it above the point it comes to.
  return Math.min(outputs[below]! + share * (outputs[above]! - outputs[below]!), outputs[above]!)
}
