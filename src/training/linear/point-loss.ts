import { sigmoid, softplus } from '../../math/sigmoid.ts'

/**
 * The loss of one row by its score s = w·x + intercept, for links whose slope is
 * mean(s) − target and whose second derivative is the variance at that mean.
 */
export interface PointLoss {
  readonly value: (score: number, target: number) => number
  /** What the score predicts. */
  readonly mean: (score: number) => number
  readonly variance: (mean: number) => number
}

/** Log loss of log odds, in nats; targets are 0 or 1. */
export const logisticLoss: PointLoss = {
  value: (score, target) => softplus(score) - target * score,
  mean: sigmoid,
  variance: (mean) => mean * (1 - mean),
}

/** Half the squared error. */
export const squaredLoss: PointLoss = {
  value: (score, target) => 0.5 * (score - target) ** 2,
  mean: (score) => score,
  variance: () => 1,
}
