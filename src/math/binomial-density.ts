import { exp } from './exponential.ts'
import { log, log1p } from './logarithm.ts'
import { stirlingError } from './log-gamma.ts'

/**
 * The probability of k successes in n tries, C(n, k)·pᵏ·qⁿ⁻ᵏ, by Loader's saddle point:
 * precise to some units in the last place also for millions of tries. [Loader 2000]
 *
 * @param k - from 0 to n; need not be whole: then factorials are gamma functions
 * @param chance - p and q = 1 − p, both, since either may be lost in 1 minus the other
 */
export function binomialDensity(
  k: number,
  n: number,
  { p, q }: { readonly p: number; readonly q: number },
): number {
  if (k < 0 || k > n) return 0
  if (p === 0) return k === 0 ? 1 : 0
  if (q === 0) return k === n ? 1 : 0
  if (k === 0) return exp(n * (p < q ? log1p(-p) : log(q)))
  if (k === n) return exp(n * (q < p ? log1p(-q) : log(p)))
  const exponent =
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n * p) -
    deviance(n - k, n * q)
  return exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * (n - k)))
}

/**
 * The probability of drawing k marked ones among `drawn`, without putting back, from `total` of which `marked` are marked.
 */
export function hypergeometricDensity(
  k: number,
  {
    drawn,
    marked,
    total,
  }: { readonly drawn: number; readonly marked: number; readonly total: number },
): number {
  if (k < Math.max(0, drawn - (total - marked)) || k > Math.min(drawn, marked)) return 0
  if (drawn === 0 || drawn === total) return 1
  const chance = { p: drawn / total, q: (total - drawn) / total }
  return (
    (binomialDensity(k, marked, chance) * binomialDensity(drawn - k, total - marked, chance)) /
    binomialDensity(drawn, total, chance)
  )
}

/** x·ln(x / m) + m − x, precise where x is close to m; 0 at m. */
export function deviance(x: number, m: number): number {
  if (x === 0) return m
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * log(x / m) + m - x
  const v = (x - m) / (x + m)
  let sum = (x - m) * v
  let power = 2 * x * v
  for (let j = 3; ; j += 2) {
    power *= v * v
    const next = sum + power / j
    if (next === sum) return sum
    sum = next
  }
}
