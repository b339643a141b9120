import { ToolkitError } from '../../core/errors.ts'
import { divide, fill, subtract } from '../../data/expressions/build-expression.ts'
import type { NumberExpression } from '../../data/expressions/expression.ts'
import type { Cells, Impute } from './transform.ts'
import { meanOf } from '../../math/mean.ts'

/** @throws {ToolkitError} `TRAINING_INVALID` when there is no number to learn from */
export function fitImpute({ operand, strategy }: Impute, cells: Cells): NumberExpression {
  if (typeof strategy === 'object') return fill(operand, strategy.constant)
  const values = numbersIn(cells)
  switch (strategy) {
    case 'mean':
      return fill(operand, finiteMeanOf(values))
    case 'median':
      return fill(operand, medianOf(values))
    case 'mostFrequent':
      return fill(operand, mostFrequentOf(values))
  }
}

/** @throws {ToolkitError} `TRAINING_INVALID` when there is no number to learn from */
export function fitStandardize(operand: NumberExpression, cells: Cells): NumberExpression {
  const values = numbersIn(cells)
  const mean = finiteMeanOf(values)
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
  if (!Number.isFinite(variance)) throw unlearnable('has numbers too large for a deviation')
  // What rounding makes of a constant is no deviation. [scikit-learn StandardScaler]
  const rounding = values.length * Number.EPSILON
  const isConstant = variance <= rounding * variance + (rounding * mean) ** 2
  const centred = subtract(operand, mean)
  if (isConstant) return centred
  return divide(centred, Math.sqrt(variance))
}

/** The numbers that are there. */
export function numbersIn(cells: Cells): number[] {
  const values = cells.filter((cell) => typeof cell === 'number')
  if (values.length === 0) throw unlearnable('is missing in all rows')
  return values
}

/** `reason` goes on after the name of the feature. */
export function unlearnable(reason: string): ToolkitError {
  return new ToolkitError('TRAINING_INVALID', reason)
}

function finiteMeanOf(values: readonly number[]): number {
  const mean = meanOf(values)
  if (!Number.isFinite(mean)) throw unlearnable('has numbers too large for a mean')
  return mean
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const upper = sorted[sorted.length >> 1]!
  return sorted.length % 2 === 1 ? upper : sorted[(sorted.length >> 1) - 1]! / 2 + upper / 2
}

function mostFrequentOf(values: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const x of values) counts.set(x, (counts.get(x) ?? 0) + 1)
  // One by one: as arguments of one call, so many numbers as a column may have are too many.
  let found = { value: Infinity, count: 0 }
  for (const [value, count] of counts) {
    const isFirst = count === found.count && value < found.value
    if (count > found.count || isFirst) found = { value, count }
  }
  return found.value
}
