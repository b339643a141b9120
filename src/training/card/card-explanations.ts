import type { Contributions } from '../../core/contributions.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import { explainScores, type Predictor } from '../../core/predictor.ts'
import { createRandom } from '../../core/random.ts'
import { decodeInput, isCodedField, otherText, type InputField } from '../../core/input-field.ts'
import { type FittedRows, pickRows, pickValues } from '../splitting/pick-rows.ts'
import { dependenceGrid, partialDependence } from '../explain/partial-dependence.ts'
import { permutationImportance } from '../explain/permutation-importance.ts'

/** What the model makes of its columns, on some of the test rows. */
export interface CardExplanations {
  /** Rows looked at. */
  readonly rows: number
  /** What contributions add up to; null when the model cannot be explained exactly, for the reason in `unexplained`. */
  readonly score: Contributions['score'] | null
  /** Their start; null too where each class has its own. */
  readonly base: number | null
  readonly unexplained: string | null
  /** The metric that importance is a loss of. */
  readonly metric: string
  /** The most important first. */
  readonly columns: readonly ColumnExplanation[]
  /** Of the most important columns. */
  readonly dependence: readonly ColumnDependence[]
}

/** What one column, or several that the model computes one number of, does. */
export interface ColumnExplanation {
  readonly column: string
  /** Mean of the absolute contributions to the score, or to the scores of the classes. */
  readonly mean_absolute_contribution: number | null
  /** How much the metric worsens when the column is shuffled; null for several columns. */
  readonly importance: number | null
  readonly importance_standard_deviation: number | null
}

/** Mean predictions when the column has each of these values in every row. */
export interface ColumnDependence {
  readonly column: string
  readonly kind: 'number' | 'category'
  readonly values: readonly number[]
  /** Of a text or a date: what the values stand for. */
  readonly names?: readonly string[]
  readonly mean: readonly number[]
}

/** With what importance is measured. */
export interface ImportanceMetric {
  readonly name: string
  readonly isLoss: boolean
  readonly measure: (target: Float64Array, given: Float64Array) => number
}

/** Enough for an order of the columns; a card should not take longer than the evaluation. */
const explainedRows = 400
const repeats = 3
const dependenceColumns = 6
const dependencePoints = 12
const dependenceRows = 200
/** Of a text as many as fit on a page; another text is one more. */
const mostTexts = 20

/**
 * Explains a model on at most four hundred of these rows, evenly taken from each
 * class, or along a number, as often as they weigh; the same rows give the same numbers.
 */
export function explainForCard(
  predictor: Predictor,
  data: FittedRows,
  { metric, seed }: { readonly metric: ImportanceMetric; readonly seed: number },
): CardExplanations {
  const sample = takeSample(data)
  const again = predictor.vary?.(sample.x)
  const predict = (rows: Matrix, column?: number): Float32Array =>
    column === undefined || again === undefined ? predictor.predict(rows) : again(rows, column)
  const importance = permutationImportance(predict, sample, {
    metric: metric.measure,
    isLoss: metric.isLoss,
    repeats,
    random: createRandom(seed).fork('importance'),
  })
  const told = explainExactly(predictor, sample.x)
  const names = Object.keys(predictor.inputs)
  const [first, ...more] = told.contributions
  const columns = orderColumns(first?.columns ?? names, (column, index) => {
    const place = names.indexOf(column)
    return {
      column,
      mean_absolute_contribution: first ? meanAbsolute(told.contributions, index) : null,
      importance: importance[place]?.mean ?? null,
      importance_standard_deviation: importance[place]?.standardDeviation ?? null,
    }
  })
  return {
    rows: sample.x.rows,
    score: first?.score ?? null,
    base: more.length > 0 ? null : (first?.base ?? null),
    unexplained: told.reason,
    metric: metric.name,
    columns,
    // Several classes have no one number that depends on a column.
    dependence: (predictor.output.kind === 'classes' ? [] : columns)
      .filter(({ column }) => names.includes(column))
      .slice(0, dependenceColumns)
      .flatMap(({ column }) => dependOn(predictor, sample.x, column)),
  }
}

function takeSample({ x, y, weights }: FittedRows): {
  readonly x: Matrix
  readonly y: Float64Array
} {
  const order = [...y.keys()].sort((a, b) => y[a]! - y[b]! || a - b)
  const count = Math.min(explainedRows, order.length)
  const rows =
    weights === undefined ? takeEvenly(order, count) : takeByWeight(order, count, weights)
  return { x: pickRows(x, rows), y: pickValues(y, rows) }
}

/** The first and the last among them. */
function takeEvenly(order: readonly number[], count: number): readonly number[] {
  const last = Math.max(count - 1, 1)
  return Array.from(
    { length: count },
    (_, i) => order[Math.round((i * (order.length - 1)) / last)]!,
  )
}

/** In steps of equal weight: a row that weighs three steps is taken three times. The first and the last that weigh anything are among them. */
function takeByWeight(
  order: readonly number[],
  count: number,
  weights: Float64Array,
): readonly number[] {
  const weighty = order.filter((row) => weights[row]! > 0)
  const step = weighty.reduce((sum, row) => sum + weights[row]!, 0) / Math.max(count - 1, 1)
  let reached = 0
  const taken = weighty.flatMap((row) => {
    const before = Math.ceil(reached / step)
    reached += weights[row]!
    return Array.from({ length: Math.ceil(reached / step) - before }, () => row)
  })
  return [...taken.slice(0, count - 1), weighty.at(-1)!]
}

function explainExactly(
  predictor: Predictor,
  x: Matrix,
): { readonly contributions: readonly Contributions[]; readonly reason: string | null } {
  try {
    return { contributions: explainScores(predictor, x), reason: null }
  } catch (error) {
    if (!(error instanceof ToolkitError && error.code === 'EXPLANATION_UNSUPPORTED')) throw error
    return { contributions: [], reason: error.message }
  }
}

function meanAbsolute(told: readonly Contributions[], index: number): number {
  let [sum, count] = [0, 0]
  for (const { columns, values } of told) {
    for (let i = index; i < values.length; i += columns.length) {
      sum += Math.abs(values[i]!)
      count++
    }
  }
  return sum / count
}

/** By contribution, without it by importance. */
function orderColumns(
  names: readonly string[],
  describe: (column: string, index: number) => ColumnExplanation,
): readonly ColumnExplanation[] {
  const weight = (column: ColumnExplanation): number =>
    column.mean_absolute_contribution ?? column.importance ?? 0
  return names.map(describe).sort((a, b) => weight(b) - weight(a))
}

/** Nothing of a column that has no value in any row. */
function dependOn(predictor: Predictor, x: Matrix, name: string): readonly ColumnDependence[] {
  const column = Object.keys(predictor.inputs).indexOf(name)
  const field = predictor.inputs[name]!
  const grid = valuesOf(field) ?? dependenceGrid(x, column, dependencePoints)
  if (grid.length === 0) return []
  const rows = spread(x, dependenceRows)
  const { values, mean } = partialDependence((part) => predictor.predict(part), rows, {
    column,
    values: grid,
  })
  const kind = valuesOf(field) === undefined ? 'number' : 'category'
  const names = isCodedField(field)
    ? { names: Array.from(values, (value) => String(decodeInput(field, Math.round(value)))) }
    : {}
  return [{ column: name, kind, values: [...values], ...names, mean: [...mean] }]
}

/** Those of a field that has few by its definition. */
function valuesOf(field: InputField): readonly number[] | undefined {
  if (field.type === 'boolean') return [0, 1]
  if (field.type === 'text') return [...(field.known ?? []).keys().take(mostTexts), otherText]
  return field.type === 'category' ? field.levels : undefined
}

/** Evenly taken rows, at most so many. */
function spread(x: Matrix, most: number): Matrix {
  const step = Math.ceil(x.rows / most)
  return pickRows(
    x,
    Array.from({ length: Math.ceil(x.rows / step) }, (_, i) => i * step),
  )
}
