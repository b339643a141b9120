import { ToolkitError } from '../../core/errors.ts'
import type { Contributions } from '../../core/contributions.ts'
import type { Matrix } from '../../core/matrix.ts'
import type { Random } from '../../core/random.ts'
import { checkAbort } from '../check-abort.ts'
import { shuffle } from '../shuffle.ts'
import { checkRows } from './check-rows.ts'

/** What contributions are sampled from. */
export interface SampleOptions {
  /** Rows that unknown columns are taken from, such as some training rows. */
  readonly background: Matrix
  /** Names of the columns. */
  readonly columns: readonly string[]
  /** Orders of the columns tried for each row, each also reversed, at least 1. Default: 50. */
  readonly orders?: number
  readonly random: Random
  readonly signal?: AbortSignal
}

/**
 * Shapley values of any model's predictions, by sampling: columns become known in
 * a random order, unknown ones come from a row of the background, and what a column
 * changes is its contribution [Štrumbelj & Kononenko 2014], in each order and its
 * reverse [Mitchell et al. 2022]. They sum to the prediction exactly; each alone has a
 * sampling error, which falls with the square root of `orders`. Trees and linear
 * models have exact ones, faster: `predictor.explain`.
 *
 * @param predict - one number a row
 * @throws {ToolkitError} `SHAPE_MISMATCH`, `TRAINING_INVALID`, `INTERRUPTED`
 *
 * @example
 * ```ts
 * import { createRandom, sampleContributions } from 'ml-pipeline-toolkit'
 * const product = ({ rows, values }) => Float64Array.from({ length: rows }, (_, r) => values[2 * r] * values[2 * r + 1])
 * const told = sampleContributions(product, { rows: 1, columns: 2, values: Float32Array.of(3, 5) }, {
 *   background: { rows: 1, columns: 2, values: Float32Array.of(1, 1) },
 *   columns: ['a', 'b'],
 *   random: createRandom(1),
 * })
 * told.base // => 1
 * told.values // => Float64Array.of(6, 8)
 * ```
 */
export function sampleContributions(
  predict: (rows: Matrix) => ArrayLike<number>,
  rows: Matrix,
  options: SampleOptions,
): Contributions {
  const { background, columns, random } = options
  const orders = options.orders ?? 50
  checkRows(rows)
  checkRows(background)
  checkOptions(rows, options, orders)
  const draws = drawOrders(orders, background.rows, { columns: rows.columns, random })
  const values = new Float64Array(rows.rows * rows.columns)
  let base = 0
  for (let row = 0; row < rows.rows; row++) {
    checkAbort(options.signal)
    const cells = rows.values.subarray(row * rows.columns, (row + 1) * rows.columns)
    const told = Float64Array.from(predict(walkOrders(cells, background, draws)))
    base = creditSteps(values.subarray(row * rows.columns, (row + 1) * rows.columns), told, draws)
  }
  return { score: 'prediction', base, columns, values }
}

function checkOptions(rows: Matrix, { background, columns }: SampleOptions, orders: number): void {
  if (background.columns !== rows.columns || columns.length !== rows.columns) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `the rows have ${rows.columns} columns, the background ${background.columns}, and there are ${columns.length} names`,
      { hint: 'pass the same columns everywhere' },
    )
  }
  if (Number.isInteger(orders) && orders >= 1) return
  throw new ToolkitError('TRAINING_INVALID', `'orders' is ${orders}, expected at least 1`, {
    hint: 'try each row in at least one order',
  })
}

/** An order in which columns become known, and the row of the background that unknown ones come from. */
interface Draw {
  readonly order: readonly number[]
  readonly background: number
}

/** The same for all rows, so that these have one base; rows of the background come in turn. */
function drawOrders(
  orders: number,
  backgroundRows: number,
  { columns, random }: { readonly columns: number; readonly random: Random },
): readonly Draw[] {
  const turns = shuffled(backgroundRows, random)
  return Array.from({ length: orders }, (_, i) => {
    const order = shuffled(columns, random)
    const background = turns[i % backgroundRows]!
    return [
      { order, background },
      { order: order.toReversed(), background },
    ]
  }).flat()
}

/** The numbers below `count` in random order. */
function shuffled(count: number, random: Random): number[] {
  return shuffle([...Array(count).keys()], random)
}

/** For each order the background's row and then, step by step, one column more of the row itself. */
function walkOrders(cells: Float32Array, background: Matrix, draws: readonly Draw[]): Matrix {
  const columns = cells.length
  const steps = columns + 1
  const values = new Float32Array(draws.length * steps * columns)
  for (const [i, draw] of draws.entries()) {
    const from = draw.background * columns
    const current = background.values.slice(from, from + columns)
    values.set(current, i * steps * columns)
    for (const [step, column] of draw.order.entries()) {
      current[column] = cells[column]!
      values.set(current, (i * steps + step + 1) * columns)
    }
  }
  return { rows: draws.length * steps, columns, values }
}

/** Fills in for each column the mean of what it changed; returns the mean where nothing was known. */
function creditSteps(into: Float64Array, told: Float64Array, draws: readonly Draw[]): number {
  const steps = into.length + 1
  let base = 0
  for (const [i, { order }] of draws.entries()) {
    const start = i * steps
    base += told[start]!
    for (const [step, column] of order.entries()) {
      into[column]! += told[start + step + 1]! - told[start + step]!
    }
  }
  into.forEach((sum, column) => (into[column] = sum / draws.length))
  return base / draws.length
}
