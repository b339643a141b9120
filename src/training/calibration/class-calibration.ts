import { softmaxRows } from '../../model/onnx/softmax.ts'
import type { ClassProbabilities } from '../metrics/index.ts'
import { applyCalibration, type Calibration } from './calibration.ts'

/** The scores of all classes times one number, the inverse of a temperature; then their softmax. */
export interface TemperatureScaling {
  readonly kind: 'temperature'
  /** Above 0; below 1 where a model is too sure of itself. */
  readonly scale: number
}

/** A curve for each class against the rest; what they give is divided by its sum. */
export interface OneVsRestCalibration {
  readonly kind: 'one-vs-rest'
  /** One for each class, in their order. */
  readonly curves: readonly Calibration[]
}

/** What makes probabilities of the scores of classes. */
export type ClassCalibration = TemperatureScaling | OneVsRestCalibration

/**
 * The calibrated probability of each class. Where all curves of a row give 0, its classes are equally likely.
 *
 * @param scores - shape [rows, classes]
 * @returns shape [rows, classes]
 */
export function applyClassCalibration(
  calibration: ClassCalibration,
  { rows, columns, values }: ClassProbabilities,
): Float64Array {
  if (calibration.kind === 'temperature') {
    const scaled = Float64Array.from(values, (score) => score * calibration.scale)
    softmaxRows(scaled, columns)
    return scaled
  }
  const shares = new Float64Array(rows * columns)
  for (const [k, curve] of calibration.curves.entries()) {
    const own = Float64Array.from({ length: rows }, (_, row) => values[row * columns + k]!)
    applyCalibration(curve, own).forEach((share, row) => (shares[row * columns + k] = share))
  }
  for (let start = 0; start < shares.length; start += columns) {
    const row = shares.subarray(start, start + columns)
    const sum = row.reduce((a, b) => a + b, 0)
    row.set(row.map((share) => (sum === 0 ? 1 / columns : share / sum)))
  }
  return shares
}
