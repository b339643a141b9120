import { ToolkitError } from '../../core/errors.ts'
import { chiSquareTail, exp, log, sineCosine, solveSymmetric } from '../../math/index.ts'
import { isBelow } from './decision.ts'
import { pairNumbers, type PairedNumbers } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'

/**
 * Epps and Singleton's test: whether the empirical characteristic functions of two samples differ at 0.4 and 0.8
 * of half the interquartile range. It bears ties better than `ks`. The statistic is W, about χ² with
 * four degrees of freedom, or one less than the distinct values. [Epps & Singleton 1986]
 *
 * It throws `DATA_INCOMPARABLE`, as Evidently and scipy refuse, where a side has fewer than 5 values or the middle
 * half of all values is one value.
 */
export const es: Statistic = {
  name: 'es',
  kind: 'p-value',
  compares: ['numbers'],
  defaultThreshold: 0.05,
  compare: (reference, current) => {
    const pair = pairNumbers(reference, current)
    const { referenceTotal: n, currentTotal: m } = pair
    const waves = toWaves(pair)
    const before = momentsOf(waves, pair.reference, n)
    const after = momentsOf(waves, pair.current, m)
    const difference = before.means.map((mean, i) => mean - after.means[i]!)
    const covariance = before.covariance.map(
      (cell, i) => (n + m) * (cell / n + after.covariance[i]! / m),
    )
    const { form, rank } = invertedForm(covariance, difference)
    const statistic = (n + m) * form * smallSampleFactor(n, m)
    return { score: chiSquareTail(statistic, rank), statistic }
  },
  isDrift: isBelow,
}

/** Cosine and sine of every value at both frequencies, shape [4][values]. */
function toWaves({ values, ...pair }: PairedNumbers): readonly Float64Array[] {
  const counts = pair.reference.map((count, i) => count + pair.current[i]!)
  const total = pair.referenceTotal + pair.currentTotal
  if (Math.min(pair.referenceTotal, pair.currentTotal) < 5) {
    throw refusal(`a side has ${Math.min(pair.referenceTotal, pair.currentTotal)} values, not 5`)
  }
  const [low, middle, high] = [0.25, 0.5, 0.75].map((p) =>
    quantileOf(values, counts, p * (total - 1)),
  )
  const scale = (high! - low!) / 2
  if (scale === 0) throw refusal(`the middle half of all values is ${middle}`)
  const waves = [0, 1, 2, 3].map(() => new Float64Array(values.length))
  for (let i = 0; i < values.length; i++) {
    // To shift both samples turns their waves alike, and small angles are more precise.
    const x = (values[i]! - middle!) / scale
    const slow = sineCosine(0.4 * x)
    const fast = sineCosine(0.8 * x)
    waves[0]![i] = slow[1]
    waves[1]![i] = slow[0]
    waves[2]![i] = fast[1]
    waves[3]![i] = fast[0]
  }
  return waves
}

/** The value at a position from 0 among all rows in order, between two of them by interpolation. */
function quantileOf(values: Float64Array, counts: Float64Array, position: number): number {
  const below = Math.floor(position)
  let index = 0
  let end = counts[0]!
  while (end <= below) end += counts[++index]!
  const low = values[index]!
  const high = end > below + 1 ? low : (values[index + 1] ?? low)
  return low + (position - below) * (high - low)
}

/** Means and the covariance matrix, shape [4 · 4], of waves of values that occur `counts` times. */
function momentsOf(
  waves: readonly Float64Array[],
  counts: Float64Array,
  total: number,
): { readonly means: readonly number[]; readonly covariance: Float64Array } {
  const means = waves.map((wave) => wave.reduce((sum, x, i) => sum + x * counts[i]!, 0) / total)
  const covariance = new Float64Array(16)
  for (let i = 0; i < counts.length; i++) {
    for (let row = 0; row < 4; row++) {
      const left = counts[i]! * (waves[row]![i]! - means[row]!)
      for (let column = 0; column <= row; column++) {
        covariance[row * 4 + column]! += (left * (waves[column]![i]! - means[column]!)) / total
      }
    }
  }
  return { means, covariance }
}

/**
 * dᵀ·C⁻¹·d. Of few distinct values the waves depend on each other; then those that do not say the same as
 * the pseudoinverse of all.
 */
function invertedForm(
  covariance: Float64Array,
  difference: readonly number[],
): { readonly form: number; readonly rank: number } {
  for (const chosen of [[0, 1, 2, 3], [0, 1, 2], [0, 1], [0], [1]]) {
    const size = chosen.length
    const matrix = new Float64Array(size * size)
    for (let row = 0; row < size; row++) {
      for (let column = 0; column <= row; column++) {
        matrix[row * size + column] = covariance[chosen[row]! * 4 + chosen[column]!]!
      }
    }
    const right = Float64Array.from(chosen, (index) => difference[index]!)
    const solution = solveSymmetric(matrix, right)
    if (solution === undefined) continue
    const form = solution.reduce((sum, x, i) => sum + x * right[i]!, 0)
    return { form: Math.max(0, form), rank: size }
  }
  return { form: 0, rank: 1 }
}

function smallSampleFactor(n: number, m: number): number {
  if (Math.max(n, m) >= 25) return 1
  return 1 / (1 + power(n + m, -0.45) + 10.1 * (power(n, -1.7) + power(m, -1.7)))
}

function power(base: number, exponent: number): number {
  return exp(exponent * log(base))
}

function refusal(problem: string): ToolkitError {
  return new ToolkitError('DATA_INCOMPARABLE', `'es' cannot compare this: ${problem}`, {
    hint: `take 'ks'`,
  })
}
