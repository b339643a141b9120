import { ToolkitError } from '../../core/errors.ts'
import { checkProbabilities } from './check-predictions.ts'

/**
 * Share of rows whose class is predicted right, where class 1 is predicted
 * from `threshold` upwards.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @param options - `threshold` from 0 to 1, default 0.5
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row or threshold.
 *
 * @example
 * ```ts
 * import { accuracyScore } from 'ml-pipeline-toolkit'
 * accuracyScore([0, 1, 1, 0], [0.2, 0.5, 0.4, 0.1]) // => 0.75
 * ```
 */
export function accuracyScore(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  { threshold = 0.5 }: { readonly threshold?: number } = {},
): number {
  checkProbabilities(target, probability)
  checkThreshold(threshold)
  const hits = rowHits(target, probability, threshold)
  return hits.reduce((sum, hit) => sum + hit, 0) / target.length
}

/** 1 where the row's class is predicted right, else 0; shape [rows]. */
export function rowHits(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  threshold: number,
): Float64Array {
  return Float64Array.from(target, (label, row) =>
    Number(probability[row]! >= threshold === (label === 1)),
  )
}

/** @throws {ToolkitError} `TRAINING_INVALID` when the threshold is outside [0, 1]. */
export function checkThreshold(threshold: number): void {
  if (threshold >= 0 && threshold <= 1) return
  throw new ToolkitError('TRAINING_INVALID', `'threshold' is ${threshold}, expected 0 to 1`, {
    hint: 'pass a probability',
  })
}
