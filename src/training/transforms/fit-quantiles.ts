import {
  add,
  choose,
  equal,
  multiply,
  piecewise,
  subtract,
} from '../../data/expressions/build-expression.ts'
import type { NumberExpression } from '../../data/expressions/expression.ts'
import { quantile } from '../../math/index.ts'
import { numbersIn, unlearnable } from './fit-numbers.ts'
import type { Cells, QuantileTransform } from './transform.ts'

/** A value of the training rows and the shares of the quantiles that it is, the first and the last of them. */
interface Knot {
  readonly value: number
  readonly first: number
  last: number
}

/** @throws {ToolkitError} `TRAINING_INVALID` when there is no number to learn from, or less than two quantiles are wanted */
export function fitQuantiles(
  { operand, quantiles = 100 }: QuantileTransform,
  cells: Cells,
): NumberExpression {
  if (!Number.isInteger(quantiles) || quantiles < 2 || quantiles > 1000) {
    throw unlearnable(`asks for ${quantiles} quantiles, expected a whole number from 2 to 1000`)
  }
  const knots = findKnots(numbersIn(cells), quantiles)
  const pieces = knots.map((knot, i) => lineFrom(operand, knot, knots[i + 1]))
  const start = knots[0]!
  // Whatever share the smallest value fills, it is below all others.
  pieces[0] = choose(equal(operand, start.value), 0, pieces[0]!)
  return piecewise(
    operand,
    knots.map(({ value }) => value),
    [{ kind: 'number', value: 0 }, ...pieces],
  )
}

function findKnots(values: readonly number[], quantiles: number): Knot[] {
  const sorted = Float64Array.from(values).sort()
  const steps = Math.min(quantiles, values.length) - 1
  const knots: Knot[] = []
  for (let i = 0; i <= steps; i++) {
    const share = steps === 0 ? 0 : i / steps
    const value = quantile(sorted, share)
    const before = knots.at(-1)
    // Rounding may make a quantile smaller than the one before.
    if (before !== undefined && value <= before.value) before.last = share
    else knots.push({ value, first: share, last: share })
  }
  return knots
}

/** From a knot on up to the next one. */
function lineFrom(
  operand: NumberExpression,
  { value, first, last }: Knot,
  next: Knot | undefined,
): NumberExpression {
  if (next === undefined) return { kind: 'number', value: 1 }
  const slope = (next.first - last) / (next.value - value)
  // Two that lie next to each other have nothing between them.
  const isStep = !Number.isFinite(slope)
  const line: NumberExpression = isStep
    ? { kind: 'number', value: last }
    : add(multiply(subtract(operand, value), slope), last)
  return first === last ? line : choose(equal(operand, value), (first + last) / 2, line)
}
