import type { Matrix } from '../../core/matrix.ts'
import { log } from '../../math/index.ts'
import type { NeuralInput } from './check-neural-fit.ts'

/** One number as (value − mean) · factor; a missing one is 0. */
export interface NumberInput {
  /** Among the raw columns. */
  readonly column: number
  /** Whether the value is ln(1 + cell). */
  readonly isLog: boolean
  /** Of the values of the training rows, as float32. */
  readonly mean: number
  /** 1 / standard deviation as float32; 1 where all values are equal or missing. */
  readonly factor: number
  /** Whether a 0/1 input says that the value is missing; only where one was missing in training. */
  readonly hasIndicator: boolean
}

/**
 * One category as the row of a table: 0 for codes never seen in training, then one a level, then one
 * for a missing code if training had any; else a missing code is one never seen.
 */
export interface CategoryInput {
  readonly column: number
  /** Codes in ascending order. */
  readonly levels: readonly number[]
  readonly hasMissing: boolean
  /** Numbers in a row of the table. */
  readonly width: number
}

/** How raw columns become inputs of a network: rows of tables, then numbers, then indicators. */
export interface NeuralEncoding {
  readonly categories: readonly CategoryInput[]
  /** Plain ones, then logarithms. */
  readonly numbers: readonly NumberInput[]
}

/** Rows as the network takes them. */
export interface EncodedRows {
  readonly rows: number
  /** Standardized numbers, then indicators; shape [rows, numberWidth]. */
  readonly numbers: Float32Array
  /** Rows of the tables, shape [rows, categories]. */
  readonly codes: Int32Array
}

/** Number of standardized numbers and indicators. */
export function numberWidth({ numbers }: NeuralEncoding): number {
  return numbers.length + numbers.filter((input) => input.hasIndicator).length
}

/** Rows of a category's table. */
export function tableRows({ levels, hasMissing }: CategoryInput): number {
  return 1 + levels.length + (hasMissing ? 1 : 0)
}

/** Rows to learn an encoding from. */
interface CountedRows {
  readonly rows: Int32Array
  /** By the number of a row, all above 0; 1 each when absent. */
  readonly weights: Float64Array | undefined
}

/** Learns the encoding from some of the rows: means and deviations are weighted. */
export function fitNeuralEncoding(
  x: Matrix,
  inputs: readonly NeuralInput[],
  counted: CountedRows,
): NeuralEncoding {
  const columns = [...inputs.keys()]
  return {
    categories: columns
      .filter((column) => inputs[column] === 'embedding')
      .map((column) => fitCategory(x, column, counted.rows)),
    numbers: (['standardize', 'log1p'] as const).flatMap((kind) =>
      columns
        .filter((column) => inputs[column] === kind)
        .map((column) => fitNumber(x, { column, isLog: kind === 'log1p' }, counted)),
    ),
  }
}

/** More than this adds parameters and, by common experience, no accuracy. */
const widest = 50

function fitCategory(x: Matrix, column: number, rows: Int32Array): CategoryInput {
  const seen = new Set(Array.from(rows, (row) => x.values[row * x.columns + column]!))
  const hasMissing = seen.delete(NaN)
  const levels = [...seen].sort((a, b) => a - b)
  return {
    column,
    levels,
    hasMissing,
    width: Math.max(1, Math.min(widest, Math.ceil(levels.length / 2))),
  }
}

function fitNumber(
  x: Matrix,
  input: { readonly column: number; readonly isLog: boolean },
  { rows, weights }: CountedRows,
): NumberInput {
  let total = 0
  let sum = 0
  let hasIndicator = false
  for (const row of rows) {
    const value = valueOf(x, row, input)
    const weight = weights?.[row] ?? 1
    if (Number.isNaN(value)) hasIndicator = true
    else {
      total += weight
      sum += weight * value
    }
  }
  const mean = total === 0 ? 0 : Math.fround(sum / total)
  let squares = 0
  for (const row of rows) {
    const value = valueOf(x, row, input)
    const weight = weights?.[row] ?? 1
    if (!Number.isNaN(value)) squares += weight * (value - mean) ** 2
  }
  const factor = Math.fround(1 / Math.sqrt(squares / total))
  return {
    ...input,
    mean,
    factor: Number.isFinite(factor) ? factor : 1,
    hasIndicator,
  }
}

/** In float32 at every step, as the ONNX graph computes it. */
function valueOf(
  x: Matrix,
  row: number,
  { column, isLog }: { readonly column: number; readonly isLog: boolean },
): number {
  const cell = x.values[row * x.columns + column]!
  return isLog ? Math.fround(log(Math.fround(cell + 1))) : cell
}

/** Applies the encoding. */
export function encodeNeuralRows(encoding: NeuralEncoding, x: Matrix): EncodedRows {
  const { numbers: inputs, categories } = encoding
  const width = numberWidth(encoding)
  const numbers = new Float32Array(x.rows * width)
  for (let row = 0; row < x.rows; row++) {
    let indicator = row * width + inputs.length
    for (const [i, input] of inputs.entries()) {
      const value = valueOf(x, row, input)
      const isMissing = Number.isNaN(value)
      if (!isMissing) numbers[row * width + i] = Math.fround(value - input.mean) * input.factor
      if (input.hasIndicator) numbers[indicator++] = isMissing ? 1 : 0
    }
  }
  const codes = new Int32Array(x.rows * categories.length)
  for (const [c, category] of categories.entries()) {
    const places = new Map(category.levels.map((level, i) => [level, i + 1]))
    if (category.hasMissing) places.set(NaN, category.levels.length + 1)
    for (let row = 0; row < x.rows; row++) {
      const code = x.values[row * x.columns + category.column]!
      codes[row * categories.length + c] = places.get(code) ?? 0
    }
  }
  return { rows: x.rows, numbers, codes }
}
