/** What boosted trees can be fitted for, under LightGBM's names. */
export type ObjectiveName = 'binary' | 'multiclass' | 'regression' | 'quantile' | 'poisson'

/** What the rows of a fit should come to. */
export interface WeightedTarget {
  /** Shape [rows]. */
  readonly y: Float64Array
  /** How much each row counts; all alike when absent. Shape [rows]. */
  readonly weights: Float64Array | undefined
}

/** A loss that trees lower, as numbers for second-order steps. */
export interface Objective {
  /** Scores per row, each a sum of trees of its own: the classes of a softmax, else 1. */
  readonly outputs: number
  /** What no |gradient| and no |hessian| of a row exceeds; `undefined` where only the rows tell. */
  readonly bound: number | undefined
  /** Whether the kernel's `logistic` computes the same derivatives. */
  readonly isLogistic?: boolean
  /** The scores of the best constant, shape [outputs]. */
  readonly initialScores: (target: WeightedTarget) => number[]
  /**
   * Writes what a row of weight 1 has.
   *
   * @param into - gradient and hessian of each row, per output; each of shape [rows, 2]
   * @param scores - per output, each of shape [rows]
   */
  readonly fillDerivatives: (
    into: readonly Float64Array[],
    scores: readonly Float64Array[],
    y: Float64Array,
  ) => void
  /** The loss of one row whose target is `y`. */
  readonly lossOf: (scores: readonly Float64Array[], row: number, y: number) => number
  /** A leaf's value in place of the Newton step, where the hessian tells nothing; not yet times the learning rate. */
  readonly renewLeaf?: (rows: Int32Array, scores: Float64Array, target: WeightedTarget) => number
}

/** The mean loss of the rows, by weight. */
export function meanLoss(
  objective: Objective,
  scores: readonly Float64Array[],
  { y, weights }: WeightedTarget,
): number {
  let sum = 0
  let total = 0
  for (let row = 0; row < y.length; row++) {
    const weight = weights?.[row] ?? 1
    // A row that does not count may have any loss, even an infinite one.
    if (weight > 0) sum += weight * objective.lossOf(scores, row, y[row]!)
    total += weight
  }
  return sum / total
}

/** The weight of each row times `of(its target)`, shape [rows]. */
export function weigh(
  { y, weights }: WeightedTarget,
  of: (target: number) => number,
): Float64Array {
  // A loop, as `map` calls for each row, which costs more than all else of a fit's start.
  const out = new Float64Array(y.length)
  for (let row = 0; row < y.length; row++) out[row] = (weights?.[row] ?? 1) * of(y[row]!)
  return out
}
