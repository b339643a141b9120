import { exp } from './exponential.ts'
import { normalTail } from './incomplete-gamma.ts'

/**
 * The value that a standard normal variable stays above with a chance of `tail`;
 * Infinity for 0. Newton's method from the middle: the tail is convex there, so no step goes too far.
 *
 * @param tail - from 0 to 1
 */
export function normalUpperQuantile(tail: number): number {
  if (!(tail >= 0 && tail <= 1)) return NaN
  if (tail > 0.5) return -normalUpperQuantile(1 - tail)
  if (tail === 0) return Infinity
  let z = 0
  for (;;) {
    const density = exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
    const next = z + (normalTail(z) - tail) / density
    // Each step goes up until rounding stops it.
    if (!(next > z)) return z
    z = next
  }
}
