import { log, log1p } from './logarithm.ts'

/**
 * ln Γ(x) for x above 0: ln of (x − 1)! for a whole x.
 *
 * @returns Infinity for 0; NaN below.
 */
export function logGamma(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? Infinity : x > 0 ? x : NaN
  return (x - 0.5) * log(x) - x + halfLog2Pi + stirlingError(x)
}

/**
 * What Stirling's formula lacks: ln Γ(x + 1) − ((x + ½)·ln x − x + ½·ln 2π), for x above 0.
 * It falls from infinity at 0 as 1 / 12x. [Loader 2000]
 *
 * Densities written with it subtract no large logarithms from each other, so that they
 * are precise for millions of observations too.
 */
export function stirlingError(x: number): number {
  // δ(x) − δ(x + 1) = (x + ½)·ln(1 + 1/x) − 1, up to where the series is good to the last bit.
  let raised = 0
  let y = x
  for (; y < 15; y++) raised += (y + 0.5) * log1p(1 / y) - 1
  const z = 1 / (y * y)
  return raised + (s0 - z * (s1 - z * (s2 - z * (s3 - z * (s4 - z * s5))))) / y
}

const halfLog2Pi = 0.9189385332046728

// B(2j) / (2j·(2j − 1)), without sign
const s0 = 1 / 12
const s1 = 1 / 360
const s2 = 1 / 1260
const s3 = 1 / 1680
const s4 = 1 / 1188
const s5 = 691 / 360_360
