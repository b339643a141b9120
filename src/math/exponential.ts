import { ln2High, ln2Low, lowestExponent, powersOfTwo } from './powers-of-two.ts'

/**
 * eˣ to within one unit in the last place, the same bits on every machine.
 *
 * `Math.exp` may differ between engines, and what we write to files may not.
 * x = k·ln 2 + r with |r| ≤ ½ ln 2; eʳ is its Taylor series up to r¹³/13!,
 * whose rest is below 2⁻⁵⁷, in two interleaved halves that a processor adds at once.
 *
 * @returns Infinity above 709.78, 0 below -745.13, NaN for NaN.
 */
export function exp(x: number): number {
  if (!(x <= largest)) return x > largest ? Infinity : x
  if (x < smallest) return 0
  const k = Math.floor(x * inverseLn2 + 0.5)
  const high = x - k * ln2High
  const low = k * ln2Low
  const r = high - low
  const lost = high - r - low
  const z = r * r
  const even = e2 + z * (e4 + z * (e6 + z * (e8 + z * (e10 + z * e12))))
  const odd = e3 + z * (e5 + z * (e7 + z * (e9 + z * (e11 + z * e13))))
  return scale(1 + (r + (lost + z * (even + r * odd))), k)
}

/** y·2ᵏ rounded once, also where 2ᵏ itself is out of range or the result is subnormal. */
function scale(y: number, k: number): number {
  // x is at least `smallest`, so that y is at least 1 and rounds up.
  if (k < lowestExponent) return Number.MIN_VALUE
  if (k > 1023) return y * 2 * powersOfTwo[k - 1 - lowestExponent]!
  return y * powersOfTwo[k - lowestExponent]!
}

/** The largest x whose eˣ is finite. */
const largest = 709.782712893384
/** Below this, eˣ is less than half the smallest float64. */
const smallest = -745.1332191019411
const inverseLn2 = Math.LOG2E

// 1 / n!
const e2 = 1 / 2
const e3 = 1 / 6
const e4 = 1 / 24
const e5 = 1 / 120
const e6 = 1 / 720
const e7 = 1 / 5040
const e8 = 1 / 40_320
const e9 = 1 / 362_880
const e10 = 1 / 3_628_800
const e11 = 1 / 39_916_800
const e12 = 1 / 479_001_600
const e13 = 1 / 6_227_020_800
