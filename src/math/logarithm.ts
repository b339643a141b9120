import { ln2High, ln2Low, lowestExponent, powersOfTwo } from './powers-of-two.ts'

/**
 * ln x to within one unit in the last place, the same bits on every machine.
 *
 * x = 2ᵉ·(1 + f) with 1 + f between √½ and √2; with s = f / (2 + f),
 * ln(1 + f) = 2 artanh s = f − f²/2 + s·(f²/2 + R), where R is the series
 * 2s²/3 + 2s⁴/5 + … up to s²⁰, whose rest is below 2⁻⁵⁹.
 *
 * @returns -Infinity for 0 and -0, NaN below 0 and for NaN, Infinity for Infinity.
 */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN
  if (x === Infinity) return Infinity
  return x < smallestNormal ? logScaled(x * 2 ** 54, -54) : logScaled(x, 0)
}

/**
 * ln(1 + x), precise also where 1 + x would round x away.
 *
 * @returns -Infinity for -1, NaN below -1 and for NaN; -0 for -0.
 */
export function log1p(x: number): number {
  if (!(x > -1) || x === Infinity || x === 0) return x === 0 ? x : log(1 + x)
  const sum = 1 + x
  // What the rounding of 1 + x lost, to first order; the next order is below 2⁻¹⁰⁶.
  const lost = sum > 2 ? 1 - (sum - x) : x - (sum - 1)
  return log(sum) + lost / sum
}

/** ln(x · 2^shift) for a normal x. */
function logScaled(x: number, shift: number): number {
  bits.setFloat64(0, x, true)
  let e = (bits.getUint32(4, true) >>> 20) - 1023
  let m = x * powersOfTwo[-e - lowestExponent]!
  if (m > squareRootOf2) {
    m *= 0.5
    e += 1
  }
  e += shift
  const f = m - 1
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const first = a3 + w * (a7 + w * (a11 + w * (a15 + w * a19)))
  const second = a5 + w * (a9 + w * (a13 + w * (a17 + w * a21)))
  const half = 0.5 * f * f
  const rest = s * (half + z * (first + z * second))
  return e === 0 ? f - (half - rest) : e * ln2High - (half - (rest + e * ln2Low) - f)
}

const bits = new DataView(new ArrayBuffer(8))
const smallestNormal = 2.2250738585072014e-308
const squareRootOf2 = Math.SQRT2

// 2 / n
const a3 = 2 / 3
const a5 = 2 / 5
const a7 = 2 / 7
const a9 = 2 / 9
const a11 = 2 / 11
const a13 = 2 / 13
const a15 = 2 / 15
const a17 = 2 / 17
const a19 = 2 / 19
const a21 = 2 / 21
