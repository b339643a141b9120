import { exp, log, sigmoid, softplus } from '../../math/index.ts'
import type { NeuralObjective } from './parameters.ts'

/**
 * The loss of one row, in nats or squared units, from its raw scores, which lie from `at` on. Puts
 * the derivatives by the scores in their place.
 */
export type OutputLoss = (scores: Float32Array, at: number, target: number) => number

/** @param outputs - number of scores a row has */
export function createOutputLoss(objective: NeuralObjective, outputs: number): OutputLoss {
  switch (objective) {
    case 'binary':
      return logLoss
    case 'regression':
      return squaredError
    case 'multiclass':
      return (scores, at, target) => crossEntropy(scores.subarray(at, at + outputs), target)
  }
}

function logLoss(scores: Float32Array, at: number, target: number): number {
  const score = scores[at]!
  scores[at] = sigmoid(score) - target
  return softplus(score) - target * score
}

function squaredError(scores: Float32Array, at: number, target: number): number {
  const error = scores[at]! - target
  scores[at] = 2 * error
  return error * error
}

/** The largest score is taken from all, so that no exponential overflows. */
function crossEntropy(scores: Float32Array, target: number): number {
  const largest = scores.reduce((a, b) => Math.max(a, b))
  const own = scores[target]! - largest
  let sum = 0
  for (const score of scores) sum += exp(score - largest)
  for (let k = 0; k < scores.length; k++) {
    scores[k] = exp(scores[k]! - largest) / sum - (k === target ? 1 : 0)
  }
  return log(sum) - own
}
