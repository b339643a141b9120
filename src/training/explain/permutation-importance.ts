import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import type { Random } from '../../core/random.ts'
import { checkAbort } from '../check-abort.ts'
import { checkRows } from './check-rows.ts'
import { meanOf } from '../../math/mean.ts'

/** How much worse a model gets without what one column says. */
export interface ColumnImportance {
  /** Mean of `worse`. */
  readonly mean: number
  /** Standard deviation of `worse`, as of a population. */
  readonly standardDeviation: number
  /** How much worse the metric got in each repeat; below 0 it got better by chance. Shape [repeats]. */
  readonly worse: Float64Array
}

/** What importance is measured with. */
export interface PermutationOptions {
  /** Measures predictions against what happened. */
  readonly metric: (target: Float64Array, prediction: Float64Array) => number
  /** Whether a smaller metric is better, as of every loss and error. Default: false. */
  readonly isLoss?: boolean
  /** How often each column is shuffled, at least 1. Default: 5. */
  readonly repeats?: number
  readonly random: Random
  readonly signal?: AbortSignal
}

/**
 * Permutation importance: how much a metric worsens when one column's cells are
 * shuffled among the rows, column by column [Breiman 2001, §10]. Works with every model. Of
 * columns that say the same, each looks unimportant: the model still has the other.
 *
 * Each column shuffles by a stream of its own, so that the others do not change its result.
 *
 * @param predict - one number a row; `column` is the one that is shuffled, if any: a model of many columns may have
 *   computed the others before
 * @param data - rows that the model was not trained on, with their target
 * @returns one entry a column, in the order of the matrix
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` without rows or repeats, or when the metric is no
 *   number; what the metric throws; `INTERRUPTED`
 *
 * @example
 * ```ts
 * import { createRandom, permutationImportance } from 'ml-pipeline-toolkit'
 * const x = { rows: 3, columns: 2, values: Float32Array.of(1, 9, 2, 9, 3, 9) }
 * const [used, constant] = permutationImportance(
 *   ({ values }) => values.filter((_, i) => i % 2 === 0),
 *   { x, y: Float64Array.of(1, 2, 3) },
 *   { metric: (y, p) => y.reduce((sum, value, i) => sum + Math.abs(value - p[i]), 0), isLoss: true, random: createRandom(1) },
 * )
 * used.mean > 0 // => true
 * constant.mean // => 0
 * ```
 */
export function permutationImportance(
  predict: (rows: Matrix, column?: number) => ArrayLike<number>,
  data: { readonly x: Matrix; readonly y: Float64Array },
  options: PermutationOptions,
): readonly ColumnImportance[] {
  const { x, y } = data
  const repeats = options.repeats ?? 5
  checkRows(x, y)
  if (!Number.isInteger(repeats) || repeats < 1) {
    throw new ToolkitError('TRAINING_INVALID', `'repeats' is ${repeats}, expected at least 1`, {
      hint: 'shuffle each column at least once',
    })
  }
  const measure = (given: ArrayLike<number>): number => measured(given, y, options)
  const whole = measure(predict(x))
  return Array.from({ length: x.columns }, (_, column) => {
    const random = options.random.fork(`column ${column}`)
    const worse = Float64Array.from({ length: repeats }, () => {
      checkAbort(options.signal)
      const shuffled = measure(predict(shuffleColumn(x, column, random), column))
      return options.isLoss === true ? shuffled - whole : whole - shuffled
    })
    return summarize(worse)
  })
}

function measured(given: ArrayLike<number>, y: Float64Array, options: PermutationOptions): number {
  const value = options.metric(y, Float64Array.from(given))
  if (Number.isFinite(value)) return value
  throw new ToolkitError('TRAINING_INVALID', `the metric is ${value}, expected a finite number`, {
    hint: 'look for predictions that are no numbers, or take another metric',
  })
}

/** A copy with one column in another order. [Knuth 1997, 3.4.2 P] */
function shuffleColumn(x: Matrix, column: number, random: Random): Matrix {
  const values = x.values.slice()
  const wide = x.doubles?.get(column)?.slice()
  for (let row = x.rows - 1; row > 0; row--) {
    const other = random.nextInteger(row + 1)
    swap(values, row * x.columns + column, other * x.columns + column)
    if (wide !== undefined) swap(wide, row, other)
  }
  const { doubles = [] } = x
  return { ...x, values, ...(wide && { doubles: new Map([...doubles, [column, wide]]) }) }
}

function swap(cells: number[] | Float32Array, a: number, b: number): void {
  const cell = cells[a]!
  cells[a] = cells[b]!
  cells[b] = cell
}

function summarize(worse: Float64Array): ColumnImportance {
  const mean = meanOf(worse)
  const squares = worse.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, standardDeviation: Math.sqrt(squares / worse.length), worse }
}
