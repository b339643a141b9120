import type { WeightOptions } from '../metrics/check-weights.ts'
import type { IsotonicCalibration } from './calibration.ts'
import { checkScoredRows } from './calibration-problems.ts'

/**
 * Fits the rising curve of least squared error, by pooling adjacent violators
 * [Ayer et al. 1955]: scikit-learn's IsotonicRegression. Rows of one score count as
 * their mean; what lies between scores is on a straight line, beyond them level.
 *
 * @param scores - probabilities or other scores, finite, shape [rows]
 * @param target - 0 or 1, or any finite numbers, shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` for no rows, a score or target that is not finite, or bad
 *   weights; `SHAPE_MISMATCH`
 *
 * @example
 * ```ts
 * import { applyCalibration, fitIsotonic } from 'ml-pipeline-toolkit'
 * const isotonic = fitIsotonic([1, 2, 3, 4], [0, 1, 0, 1])
 * applyCalibration(isotonic, [1, 2, 3.5, 9]) // => Float64Array.of(0, 0.5, 0.75, 1)
 * ```
 */
export function fitIsotonic(
  scores: ArrayLike<number>,
  target: ArrayLike<number>,
  { weights }: WeightOptions = {},
): IsotonicCalibration {
  checkScoredRows(scores, target, { weights, targetProblems: quantityProblems(target) })
  const points = meansByScore(scores, target, weights)
  const outputs = poolViolators(points)
  const isKept = (i: number): boolean => {
    const isEnd = i === 0 || i === outputs.length - 1
    return isEnd || outputs[i] !== outputs[i - 1] || outputs[i] !== outputs[i + 1]
  }
  return {
    kind: 'isotonic',
    inputs: points.map(({ score }) => score).filter((_, i) => isKept(i)),
    outputs: outputs.filter((_, i) => isKept(i)),
  }
}

function quantityProblems(target: ArrayLike<number>): string[] {
  if (target.length === 0) return ['there are no rows, expected at least one']
  const problems: string[] = []
  for (let row = 0; row < target.length; row++) {
    if (Number.isFinite(target[row])) continue
    problems.push(`row ${row}: the target is ${target[row]!}, expected a finite number`)
  }
  return problems
}

interface WeighedPoint {
  readonly score: number
  /** Of the targets. */
  readonly mean: number
  readonly weight: number
}

/** The mean target of each score, scores ascending; rows without weight are left out. */
function meansByScore(
  scores: ArrayLike<number>,
  target: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): WeighedPoint[] {
  const weightOf = (row: number): number => weights?.[row] ?? 1
  const order = Array.from({ length: scores.length }, (_, row) => row)
    .filter((row) => weightOf(row) > 0)
    .sort((a, b) => scores[a]! - scores[b]! || a - b)
  const points: WeighedPoint[] = []
  let start = 0
  while (start < order.length) {
    const score = scores[order[start]!]!
    let [weight, sum, end] = [0, 0, start]
    for (; end < order.length && scores[order[end]!] === score; end++) {
      weight += weightOf(order[end]!)
      sum += weightOf(order[end]!) * target[order[end]!]!
    }
    points.push({ score, mean: sum / weight, weight })
    start = end
  }
  return points
}

/** The nearest values that never fall, one for each point. */
function poolViolators(points: readonly WeighedPoint[]): number[] {
  const pools: { mean: number; weight: number; size: number }[] = []
  for (const { mean, weight } of points) {
    let pool = { mean, weight, size: 1 }
    for (
      let last = pools.at(-1);
      last !== undefined && last.mean >= pool.mean;
      last = pools.at(-1)
    ) {
      pools.pop()
      const total = last.weight + pool.weight
      pool = {
        mean: (last.mean * last.weight + pool.mean * pool.weight) / total,
        weight: total,
        size: last.size + pool.size,
      }
    }
    pools.push(pool)
  }
  return pools.flatMap(({ mean, size }) => Array.from({ length: size }, () => mean))
}
