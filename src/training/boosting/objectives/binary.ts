import { log } from '../../../math/logarithm.ts'
import { sigmoid, softplus } from '../../../math/sigmoid.ts'
import { sumOnGrid } from '../grid.ts'
import { type Objective, weigh } from '../objective.ts'

/** Log loss of a class that is 0 or 1; the score is its log odds. Gradient p − y, hessian p·(1 − p). */
export const binary: Objective = {
  outputs: 1,
  bound: 1,
  isLogistic: true,
  initialScores: (target) => {
    const positives = sumOnGrid(weigh(target, (y) => y))
    return [log(positives / sumOnGrid(weigh(target, (y) => 1 - y)))]
  },
  fillDerivatives: ([into], [scores], y) => {
    for (let row = 0; row < y.length; row++) {
      const p = sigmoid(scores![row]!)
      into![2 * row] = p - y[row]!
      into![2 * row + 1] = p * (1 - p)
    }
  },
  lossOf: ([scores], row, y) => softplus(scores![row]!) - y * scores![row]!,
}
