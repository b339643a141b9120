import { sineCosine } from './sine-cosine.ts'

/** Points within (0, 1), ascending, and their weights, which sum to 1. */
export interface Quadrature {
  readonly points: Float64Array
  readonly weights: Float64Array
}

/**
 * Gauss's rule with n points on (0, 1): Σ weightₖ · f(pointₖ) is the integral of
 * f, to rounding, for every polynomial of degree up to 2n − 1. The points are
 * the zeros of Legendre's polynomial, by Newton's method. [Abramowitz & Stegun 1964, 25.4.29]
 *
 * @param n - at least 1
 */
export function gaussLegendre(n: number): Quadrature {
  const points = new Float64Array(n)
  const weights = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let x = -sineCosine((Math.PI * (i + 0.75)) / (n + 0.5))[1]
    let { slope, step } = legendreStep(n, x)
    for (let tries = 0; tries < 20 && Math.abs(step) > 1e-16; tries++) {
      x -= step
      ;({ slope, step } = legendreStep(n, x))
    }
    points[i] = (1 + x) / 2
    weights[i] = 1 / ((1 - x * x) * slope * slope)
  }
  return { points, weights }
}

/** The slope of Legendre's polynomial at x, and Newton's step to its zero. */
function legendreStep(n: number, x: number): { slope: number; step: number } {
  let before = 1
  let value = x
  for (let k = 2; k <= n; k++) {
    const next = ((2 * k - 1) * x * value - (k - 1) * before) / k
    before = value
    value = next
  }
  const slope = (n * (before - x * value)) / (1 - x * x)
  return { slope, step: value / slope }
}
