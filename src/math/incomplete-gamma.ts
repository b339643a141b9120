import { deviance } from './binomial-density.ts'
import { exp } from './exponential.ts'
import { stirlingError } from './log-gamma.ts'
import { nonZero } from './non-zero.ts'

/**
 * The chance that a χ² variable of `degrees` degrees of freedom is above x: 1 below 0, 0 at infinity.
 *
 * @param degrees - 0 is a variable that is always 0
 */
export function chiSquareTail(x: number, degrees: number): number {
  if (Number.isNaN(x)) return NaN
  if (x <= 0 || degrees === 0) return x > 0 ? 0 : 1
  return upperGamma(degrees / 2, x / 2)
}

/** The chance that a standard normal variable is above z. */
export function normalTail(z: number): number {
  if (Number.isNaN(z)) return NaN
  const half = z === 0 ? 0.5 : 0.5 * upperGamma(0.5, (z * z) / 2)
  return z < 0 ? 1 - half : half
}

/** The regularised upper incomplete gamma function Q(a, x) = Γ(a, x) / Γ(a), for a and x above 0. */
export function upperGamma(a: number, x: number): number {
  if (x === Infinity) return 0
  // xᵃ·e⁻ˣ / Γ(a + 1)
  const density = exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt(2 * Math.PI * a)
  return x < a + 1 ? 1 - density * seriesSum(a, x) : density * a * continuedFraction(a, x)
}

/** 1 + x/(a + 1) + x²/((a + 1)·(a + 2)) + … */
function seriesSum(a: number, x: number): number {
  let term = 1
  let sum = 1
  for (let n = 1; term > sum * 2 ** -54; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum
}

/** 1/(x + 1 − a − 1·(1 − a)/(x + 3 − a − 2·(2 − a)/(x + 5 − a − …))), by Lentz's method. */
function continuedFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 2 ** 900
  let d = 1 / b
  let fraction = d
  for (let i = 1; ; i++) {
    const numerator = -i * (i - a)
    b += 2
    d = 1 / nonZero(numerator * d + b)
    c = nonZero(b + numerator / c)
    const factor = c * d
    fraction *= factor
    if (Math.abs(factor - 1) < 2 ** -51) return fraction
  }
}
