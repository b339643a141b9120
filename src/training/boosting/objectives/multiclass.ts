import { exp } from '../../../math/exponential.ts'
import { log } from '../../../math/logarithm.ts'
import { sumOnGrid } from '../grid.ts'
import { type Objective, weigh } from '../objective.ts'

/**
 * Log loss of one of several classes, numbered from 0; the scores are logs of
 * probabilities but for a constant per row. Gradient p − 1 at the class of the
 * row, p elsewhere; hessian p·(1 − p) · K / (K − 1), as LightGBM's
 * [Friedman 2001], algorithm 6.
 *
 * @param classes - 2 or more
 */
export function createMulticlass(classes: number): Objective {
  const factor = classes / (classes - 1)
  return {
    outputs: classes,
    bound: 1,
    initialScores: (target) => {
      const total = sumOnGrid(weigh(target, () => 1))
      return Array.from({ length: classes }, (_, k) =>
        log(sumOnGrid(weigh(target, (y) => Number(y === k))) / total),
      )
    },
    fillDerivatives: (into, scores, y) => {
      const p = new Float64Array(classes)
      for (let row = 0; row < y.length; row++) {
        fillSoftmax(p, scores, row)
        for (let k = 0; k < classes; k++) {
          into[k]![2 * row] = p[k]! - Number(y[row] === k)
          into[k]![2 * row + 1] = factor * p[k]! * (1 - p[k]!)
        }
      }
    },
    lossOf: (scores, row, y) => {
      const largest = scores.reduce((most, of) => Math.max(most, of[row]!), -Infinity)
      const sum = scores.reduce((total, of) => total + exp(of[row]! - largest), 0)
      return log(sum) + largest - scores[y]![row]!
    },
  }
}

/**
 * The probabilities of the classes: eˢ over its sum, without overflow.
 *
 * @param into - overwritten, shape [classes]
 */
export function fillSoftmax(
  into: Float64Array,
  scores: readonly Float64Array[],
  row: number,
): void {
  let largest = -Infinity
  for (const of of scores) largest = Math.max(largest, of[row]!)
  let sum = 0
  for (let k = 0; k < into.length; k++) {
    into[k] = exp(scores[k]![row]! - largest)
    sum += into[k]!
  }
  for (let k = 0; k < into.length; k++) into[k]! /= sum
}
