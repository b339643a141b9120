/** Exponential and logarithm in whole numbers of 2⁻³²⁰, to judge the last bit of a float64. */

const bits = 320n
const one = 1n << bits

/** How far `actual` is from eˣ, in units of its last place; for x from -30 to 30. */
export function errorOfExp(x: number, actual: number): number {
  const argument = toFixed(x)
  let term = one
  let sum = one
  for (let n = 1n; term !== 0n && n < 400n; n++) {
    term = (term * argument) / (n * one)
    sum += term
  }
  return errorInUnits(sum, actual)
}

/** How far `actual` is from ln x, in units of its last place; for x from 2⁻²⁰⁰ to 2²⁰⁰. */
export function errorOfLog(x: number, actual: number): number {
  const e = Math.floor(Math.log2(x))
  const m = toFixed(x / 2 ** e)
  return errorInUnits(BigInt(e) * fixedLog(2n * one) + fixedLog(m), actual)
}

/** How far `actual` is from ln(1 + x), in units of its last place; for x from -0.9 to 1. */
export function errorOfLog1p(x: number, actual: number): number {
  return errorInUnits(fixedLog(one + toFixed(x)), actual)
}

/** ln m = 2 artanh((m − 1) / (m + 1)) */
function fixedLog(m: bigint): bigint {
  const s = ((m - one) * one) / (m + one)
  let power = s
  let sum = 0n
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n
    power = (((power * s) / one) * s) / one
  }
  return 2n * sum
}

function errorInUnits(exact: bigint, actual: number): number {
  const difference = toFixed(actual) - exact
  // Float64 is precise enough for the size of an error.
  return Math.abs(Number(difference) / 2 ** Number(bits)) / unitInLastPlace(actual)
}

function unitInLastPlace(value: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(value))) - 52)
}

/** Exact but for what lies below 2⁻²²⁰. */
function toFixed(value: number): bigint {
  return (BigInt(Math.trunc(value * 2 ** 200 * 2 ** 20)) * one) >> 220n
}
