import { exp } from './exponential.ts'
import { log1p } from './logarithm.ts'

/** The logistic function 1 / (1 + e⁻ˣ): from log odds to a probability, precise at both ends. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x))
  const e = exp(x)
  return e / (1 + e)
}

/**
 * ln(1 + eˣ), without overflow. The log loss of log odds x is `softplus(x) - y·x` for a target y of 0 or 1.
 */
export function softplus(x: number): number {
  return Math.max(x, 0) + log1p(exp(-Math.abs(x)))
}
