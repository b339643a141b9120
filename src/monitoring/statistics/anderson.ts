import { exp, log, solveSymmetric } from '../../math/index.ts'
import { isBelow } from './decision.ts'
import { pairNumbers, type PairedNumbers } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'

/**
 * Anderson and Darling's test of two samples, with middle ranks where values tie; the statistic is A²
 * less its mean, in its standard deviations. [Scholz & Stephens 1987]
 *
 * As scipy, p comes from a parabola through seven tabulated levels and stays within 0.001 and 0.25.
 * One value on both sides has p = 0.25: nothing speaks for a difference.
 */
export const anderson: Statistic = {
  name: 'anderson',
  kind: 'p-value',
  compares: ['numbers'],
  defaultThreshold: 0.1,
  compare: (reference, current) => {
    const pair = pairNumbers(reference, current)
    const total = pair.referenceTotal + pair.currentTotal
    if (pair.values.length < 2 || total < 4) return { score: 0.25, statistic: 0 }
    const statistic = (sumOfSquares(pair) - 1) / Math.sqrt(varianceOf(pair))
    return { score: chanceOf(statistic), statistic }
  },
  isDrift: isBelow,
}

/** Equation 7 of the paper, for two samples. */
function sumOfSquares({ reference, current, referenceTotal, currentTotal }: PairedNumbers): number {
  const total = referenceTotal + currentTotal
  let below = 0
  let belowBoth = 0
  let sum = 0
  for (let i = 0; i < reference.length; i++) {
    const count = reference[i]! + current[i]!
    const middle = belowBoth + count / 2
    const middleOfReference = below + reference[i]! / 2
    const difference = total * middleOfReference - middle * referenceTotal
    sum += (count * difference * difference) / (middle * (total - middle) - (total * count) / 4)
    below += reference[i]!
    belowBoth += count
  }
  // The other side's difference is the same with the other sign.
  return ((total - 1) / total) * (sum / total) * (1 / referenceTotal + 1 / currentTotal)
}

/** Equation 4 of the paper, for two samples. */
function varianceOf({ referenceTotal, currentTotal }: PairedNumbers): number {
  const n = referenceTotal + currentTotal
  const inverses = 1 / referenceTotal + 1 / currentTotal
  let h = 0
  let g = 0
  for (let i = n - 1; i > 1; i--) {
    h += 1 / i
    g += h / (n - i + 1)
  }
  h += 1
  const a = 4 * g - 6 + (10 - 6 * g) * inverses
  const b = (2 * g - 4) * 4 + 16 * h + (2 * g - 14 * h - 4) * inverses - 8 * h + 4 * g - 6
  const c = (6 * h + 2 * g - 2) * 4 + (4 * h - 4 * g + 6) * 2 + (2 * h - 6) * inverses + 4 * h
  const d = (2 * h + 6) * 4 - 8 * h
  return (((a * n + b) * n + c) * n + d) / ((n - 1) * (n - 2) * (n - 3))
}

const levels = [0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001]
/** b₀ + b₁ + b₂ of the paper's table 2, for two samples. */
const criticalValues = [
  0.675 - 0.245 - 0.105,
  1.281 + 0.25 - 0.305,
  1.645 + 0.678 - 0.362,
  1.96 + 1.149 - 0.391,
  2.326 + 1.822 - 0.396,
  2.573 + 2.364 - 0.345,
  3.085 + 3.615 - 0.154,
]

function chanceOf(statistic: number): number {
  if (statistic < criticalValues[0]!) return levels[0]!
  if (statistic > criticalValues.at(-1)!) return levels.at(-1)!
  const [constant, linear, square] = fitParabola()
  return exp(constant! + statistic * (linear! + statistic * square!))
}

/** Least squares of the logarithm of the level over the critical value. */
function fitParabola(): Float64Array {
  const matrix = new Float64Array(9)
  const right = new Float64Array(3)
  for (const [index, value] of criticalValues.entries()) {
    const powers = [1, value, value * value]
    for (let row = 0; row < 3; row++) {
      right[row]! += powers[row]! * log(levels[index]!)
      for (let column = 0; column < 3; column++) {
        matrix[row * 3 + column]! += powers[row]! * powers[column]!
      }
    }
  }
  return solveSymmetric(matrix, right)!
}
