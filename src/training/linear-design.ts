import type { Matrix } from '../core/matrix.ts'
import type { Feature } from '../data/features.ts'
import { log1p } from '../math/index.ts'

/** Numbers that share a transform: taken out of the raw columns, transformed, standardized. */
export interface NumberBlock {
  readonly kind: 'numbers'
  readonly transform: 'identity' | 'log1p'
  /** Positions among the raw columns, shape [k]. */
  readonly columns: readonly number[]
  /** Of the transformed training values; also what replaces a missing one, shape [k]. */
  readonly means: readonly number[]
  /** Standard deviations, 1 where a column is constant or taken as it is, shape [k]. */
  readonly scales: readonly number[]
}

/** One category as 0/1 columns, one a level. */
export interface OneHotBlock {
  readonly kind: 'one-hot'
  readonly column: number
  readonly levels: readonly number[]
}

/** How raw columns become the columns of a linear model, block after block. */
export type LinearDesign = readonly (NumberBlock | OneHotBlock)[]

/**
 * Learns the encodings of a linear model from the training rows. Means and
 * scales are rounded to float32, as the ONNX graph holds them.
 *
 * @param x - raw feature columns in the order of `features`, shape [rows, features]
 */
export function fitLinearDesign(features: readonly Feature[], x: Matrix): LinearDesign {
  const numbersWith = (...encodings: string[]): number[] =>
    [...features.keys()].filter((i) => encodings.includes(features[i]!.encoding))
  const categories = [...features.keys()].filter((i) => features[i]!.field.type === 'category')
  const blocks = [
    fitNumbers(numbersWith('as-is'), x, { transform: 'identity', isScaled: false }),
    fitNumbers(numbersWith('standardize'), x, { transform: 'identity', isScaled: true }),
    fitNumbers(numbersWith('log1p'), x, { transform: 'log1p', isScaled: true }),
  ].filter((block) => block.columns.length > 0)
  return [...blocks, ...categories.map((column) => oneHotBlock(features[column]!, column))]
}

function oneHotBlock({ field }: Feature, column: number): OneHotBlock {
  return { kind: 'one-hot', column, levels: field.type === 'category' ? field.levels : [] }
}

function fitNumbers(
  columns: readonly number[],
  x: Matrix,
  options: { readonly transform: NumberBlock['transform']; readonly isScaled: boolean },
): NumberBlock {
  const moments = columns.map((column) => momentsOf(x, column, options.transform))
  return {
    kind: 'numbers',
    transform: options.transform,
    columns,
    means: moments.map(({ mean }) => Math.fround(mean)),
    scales: moments.map(({ deviation }) =>
      options.isScaled && deviation > 0 ? Math.fround(deviation) : 1,
    ),
  }
}

function momentsOf(
  x: Matrix,
  column: number,
  transform: NumberBlock['transform'],
): { mean: number; deviation: number } {
  let count = 0
  let sum = 0
  for (let r = 0; r < x.rows; r++) {
    const value = transformed(x, r, column, transform)
    if (Number.isNaN(value)) continue
    count++
    sum += value
  }
  if (count === 0) return { mean: 0, deviation: 0 }
  const mean = sum / count
  let squares = 0
  for (let r = 0; r < x.rows; r++) {
    const value = transformed(x, r, column, transform)
    if (!Number.isNaN(value)) squares += (value - mean) ** 2
  }
  return { mean, deviation: Math.sqrt(squares / count) }
}

function transformed(
  x: Matrix,
  row: number,
  column: number,
  transform: NumberBlock['transform'],
): number {
  const value = x.values[row * x.columns + column]!
  return transform === 'log1p' ? log1p(value) : value
}

/** Number of columns the design makes. */
export function designWidth(design: LinearDesign): number {
  return design.reduce(
    (sum, block) => sum + (block.kind === 'numbers' ? block.columns : block.levels).length,
    0,
  )
}

/** Applies the encodings: raw columns [rows, features] to the design's columns [rows, width], row-major. */
export function encodeLinearDesign(
  design: LinearDesign,
  x: Matrix,
): { readonly rows: number; readonly columns: number; readonly values: Float64Array } {
  const columns = designWidth(design)
  const values = new Float64Array(x.rows * columns)
  for (let r = 0; r < x.rows; r++) {
    let c = r * columns
    for (const block of design) {
      const width = block.kind === 'numbers' ? block.columns.length : block.levels.length
      for (let k = 0; k < width; k++) values[c++] = cellOf(block, x, r, k)
    }
  }
  return { rows: x.rows, columns, values }
}

function cellOf(block: NumberBlock | OneHotBlock, x: Matrix, row: number, k: number): number {
  if (block.kind === 'one-hot') {
    return x.values[row * x.columns + block.column] === block.levels[k] ? 1 : 0
  }
  const value = transformed(x, row, block.columns[k]!, block.transform)
  return Number.isNaN(value) ? 0 : (value - block.means[k]!) / block.scales[k]!
}
