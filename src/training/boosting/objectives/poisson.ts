import { exp } from '../../../math/exponential.ts'
import { log } from '../../../math/logarithm.ts'
import { sumOnGrid } from '../grid.ts'
import { type Objective, weigh } from '../objective.ts'

/**
 * Poisson's negative log likelihood eˢ − y·s without its constant ln y!; the
 * score is the log of the mean. Gradient eˢ − y; the hessian eˢ is taken
 * e^0.7 times as large, which keeps steps from overshooting, as LightGBM does.
 */
export const poisson: Objective = {
  outputs: 1,
  bound: undefined,
  initialScores: (target) => [
    log(sumOnGrid(weigh(target, (y) => y)) / sumOnGrid(weigh(target, () => 1))),
  ],
  fillDerivatives: ([into], [scores], y) => {
    for (let row = 0; row < y.length; row++) {
      const mean = exp(scores![row]!)
      into![2 * row] = mean - y[row]!
      into![2 * row + 1] = mean * caution
    }
  },
  lossOf: ([scores], row, y) => exp(scores![row]!) - y * scores![row]!,
}

const caution = exp(0.7)
