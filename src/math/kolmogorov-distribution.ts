import { binomialDensity } from './binomial-density.ts'
import { exp } from './exponential.ts'

/**
 * The chance that the two-sided statistic of Kolmogorov and Smirnov of one sample of n
 * observations is d or more.
 *
 * The ways of [Simard & L'Ecuyer 2011], each where it is precise: twice Smirnov's
 * one-sided sum in the tail, the matrix of [Marsaglia et al. 2003] for few observations, and
 * the series of [Pelz & Good 1976] for many. Above a million observations the tail is its limit.
 *
 * @param n - whole, 1 or more
 */
export function kolmogorovTail(n: number, d: number): number {
  const nd = n * d
  if (!(nd > 0.5)) return 1
  if (d >= 1) return 0
  const square = nd * d
  if (square >= 370) return 0
  if (d >= 0.5 || square >= (n <= 140 ? 4 : 2.2)) return Math.min(1, 2 * smirnovTail(n, d))
  const fewOrNear = n <= 140 || (n <= 100_000 && nd * Math.sqrt(d) <= 1.4)
  return clip(1 - (fewOrNear ? matrixShare(n, d) : seriesShare(n, d)))
}

/**
 * The chance that the one-sided statistic D⁺ is d or more:
 * Σ d/(d + j/n) · the binomial density of j at d + j/n, over j up to n·(1 − d).
 */
function smirnovTail(n: number, d: number): number {
  const nearly = 6 * n * d + 1
  if (n > 1_000_000) return exp((-nearly * nearly) / (18 * n))
  let sum = 0
  const last = Math.floor(n * (1 - d))
  for (let j = 0; j <= last; j++) {
    const p = d + j / n
    const q = 1 - p
    if (q < 0) break
    sum += (d / p) * binomialDensity(j, n, { p, q })
  }
  return clip(sum)
}

/** The chance that D is below d, as n!/nⁿ times the middle cell of a matrix's nth power. */
function matrixShare(n: number, d: number): number {
  const k = Math.ceil(n * d)
  const size = 2 * k - 1
  let power = createMatrix(size, k - n * d)
  let exponent = 0
  let product: Float64Array | undefined
  let productExponent = 0
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) {
      product = product === undefined ? power : multiply(product, power, size)
      productExponent += exponent
    }
    power = multiply(power, power, size)
    exponent *= 2
    if (power[(k - 1) * size + k - 1]! > 2 ** 128) {
      power = power.map((cell) => cell * 2 ** -128)
      exponent += 128
    }
  }
  let share = product![(k - 1) * size + k - 1]!
  for (let i = 1; i <= n; i++) {
    share *= i / n
    if (share < 2 ** -128) {
      share *= 2 ** 128
      productExponent -= 128
    }
  }
  for (; productExponent > 0; productExponent -= 128) share *= 2 ** 128
  for (; productExponent < 0; productExponent += 128) share *= 2 ** -128
  return clip(share)
}

function createMatrix(size: number, h: number): Float64Array {
  const matrix = new Float64Array(size * size)
  const inverseFactorials = new Float64Array(size + 1).fill(1)
  for (let i = 1; i <= size; i++) inverseFactorials[i] = inverseFactorials[i - 1]! / i
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= Math.min(row + 1, size - 1); column++) {
      matrix[row * size + column] = inverseFactorials[row - column + 1]!
    }
  }
  let power = 1
  for (let i = 0; i < size; i++) {
    power *= h
    matrix[i * size] = (1 - power) * inverseFactorials[i + 1]!
    matrix[(size - 1) * size + size - 1 - i] = matrix[i * size]!
  }
  const corner = 1 - 2 * power + wholePower(Math.max(0, 2 * h - 1), size)
  matrix[(size - 1) * size] = corner * inverseFactorials[size]!
  return matrix
}

function wholePower(base: number, exponent: number): number {
  let power = 1
  for (let i = 0; i < exponent; i++) power *= base
  return power
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k]!
      if (factor === 0) continue
      for (let j = 0; j < size; j++) result[i * size + j]! += factor * b[k * size + j]!
    }
  }
  return result
}

/** The chance that D is below d: K₀ + K₁/√n + K₂/n + K₃/n^{3/2} at z = √n·d. [Pelz & Good 1976] */
function seriesShare(n: number, d: number): number {
  const root = Math.sqrt(n)
  const z = root * d
  const z2 = z * z
  const z4 = z2 * z2
  const z6 = z4 * z2
  const z8 = z4 * z4
  const p2 = Math.PI * Math.PI
  const p4 = p2 * p2
  const p6 = p4 * p2
  const sums = [0, 0, 0, 0] as [number, number, number, number]
  const lastOdd = 2 * Math.ceil((16 * z) / Math.PI) - 1
  for (let m = lastOdd; m > 0; m -= 2) {
    const m2 = m * m
    const weight = exp((-p2 * m2) / (8 * z2))
    sums[0] += weight
    sums[1] += weight * (-z2 + (p2 / 4) * m2)
    sums[2] +=
      weight *
      (6 * z6 + 2 * z4 + ((2 * z4 - 5 * z2) * p2 * m2) / 4 + (p4 * (1 - 2 * z2) * m2 * m2) / 16)
    sums[3] +=
      weight *
      (-30 * z6 -
        90 * z8 +
        (p2 * (135 * z4 - 96 * z6) * m2) / 4 +
        (p4 * (212 * z4 - 60 * z2) * m2 * m2) / 16 +
        (p6 * (5 - 30 * z2) * m2 * m2 * m2) / 64)
  }
  let even2 = 0
  let even3 = 0
  for (let k = Math.ceil((16 * z) / Math.PI); k > 0; k--) {
    const pk = p2 * k * k
    const weight = exp(-pk / (2 * z2)) * k * k
    even2 += weight
    even3 += (3 * z2 - pk) * weight
  }
  const scale = Math.sqrt(2 * Math.PI)
  const k0 = (sums[0] * scale) / z
  const k1 = (sums[1] * scale) / (6 * z4)
  const k2 = (sums[2] * scale) / (72 * z6 * z) - (even2 * p2 * scale) / (36 * z2 * z)
  const k3 = (sums[3] * scale) / (6480 * z8 * z2) + (even3 * p2 * scale) / (216 * z6)
  return clip(k0 + k1 / root + k2 / n + k3 / (n * root))
}

function clip(share: number): number {
  return Math.min(1, Math.max(0, share))
}
