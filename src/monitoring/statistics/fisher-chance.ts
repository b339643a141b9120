import { hypergeometricDensity } from '../../math/index.ts'

interface Share {
  readonly count: number
  readonly of: number
}

/**
 * Fisher's exact two-sided p of two shares: the chance, with the sums of rows and columns as they
 * are, of a table that is no more likely than this one. [Fisher 1922]
 */
export function fisherChance(a: Share, b: Share): number {
  const marked = a.count + b.count
  const total = a.of + b.of
  const density = (k: number): number => hypergeometricDensity(k, { drawn: a.of, marked, total })
  // Tables that are equally likely differ in the last digits.
  const observed = density(a.count) * (1 + 1e-12)
  let chance = 0
  for (let k = Math.max(0, marked - b.of); k <= Math.min(marked, a.of); k++) {
    const likely = density(k)
    if (likely <= observed) chance += likely
  }
  return Math.min(1, chance)
}
