import { sumOnGrid } from '../grid.ts'
import { type Objective, weigh } from '../objective.ts'

/** Squared error; the score is the mean. Gradient s − y, half that of the loss as usual, and hessian 1. */
export const regression: Objective = {
  outputs: 1,
  bound: undefined,
  initialScores: (target) => [
    sumOnGrid(weigh(target, (y) => y)) / sumOnGrid(weigh(target, () => 1)),
  ],
  fillDerivatives: ([into], [scores], y) => {
    for (let row = 0; row < y.length; row++) {
      into![2 * row] = scores![row]! - y[row]!
      into![2 * row + 1] = 1
    }
  },
  lossOf: ([scores], row, y) => (scores![row]! - y) ** 2,
}
