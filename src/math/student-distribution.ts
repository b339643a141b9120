import { binomialDensity } from './binomial-density.ts'
import { nonZero } from './non-zero.ts'

/**
 * The chance that Student's t of `degrees` degrees of freedom is further from 0 than |t|.
 *
 * @param degrees - above 0
 */
export function studentTails(t: number, degrees: number): number {
  if (Number.isNaN(t)) return NaN
  if (!Number.isFinite(t)) return 0
  const sum = degrees + t * t
  return incompleteBeta(degrees / 2, 0.5, { x: degrees / sum, y: (t * t) / sum })
}

/** The regularised incomplete beta function Iₓ(a, b), with y = 1 − x. */
function incompleteBeta(
  a: number,
  b: number,
  { x, y }: { readonly x: number; readonly y: number },
): number {
  if (x === 0 || y === 0) return x === 0 ? 0 : 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, { x: y, y: x })
  // xᵃ·yᵇ·Γ(a + b) / (Γ(a)·Γ(b))
  const density = (binomialDensity(a, a + b, { p: x, q: y }) * a * b) / (a + b)
  return (density / a) * continuedFraction(a, b, x)
}

/** 1/(1 + d₁/(1 + d₂/(1 + …))), by Lentz's method. [Abramowitz & Stegun 1964, 26.5.8] */
function continuedFraction(a: number, b: number, x: number): number {
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; ; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d)
    c = nonZero(1 + even / c)
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d)
    c = nonZero(1 + odd / c)
    fraction *= d * c
    if (Math.abs(d * c - 1) < 2 ** -51) return fraction
  }
}
