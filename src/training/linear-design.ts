import type { Matrix } from '../core/matrix.ts'
import type { Feature } from '../data/features.ts'
import { log1p } from '../math/index.ts'
import type { SparseRows } from './linear/index.ts'

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

/**
 * Numbers as 0/1 columns, one for each range `starts[k] ≤ x < ends[k]` of the raw column
 * `columns[k]`. The first range of a column starts at -Infinity; the last has no end, which is
 * NaN: no x reaches it, not even Infinity. A missing number lies in no range.
 */
export interface BinBlock {
  readonly kind: 'bins'
  readonly columns: readonly number[]
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** Numbers as 0/1 columns: whether they are missing. */
export interface MissingBlock {
  readonly kind: 'missing'
  readonly columns: readonly number[]
}

export type DesignBlock = NumberBlock | BinBlock | MissingBlock | OneHotBlock

/** How raw columns become the columns of a linear model, block after block. */
export type LinearDesign = readonly DesignBlock[]

/** How a linear model takes numbers: as their encoding says, or as the range they lie in. */
export const numberForms = ['standardize', 'binned'] as const
export type NumberForm = (typeof numberForms)[number]

export interface DesignOptions {
  /** Default 'standardize'. */
  readonly numbers?: NumberForm | undefined
  /** Ranges of a binned number at most, with as many training rows in each as ties allow. Default 16. */
  readonly bins?: number | undefined
}

/**
 * Learns the encodings of a linear model from the training rows. Means and
 * scales are rounded to float32, as the ONNX graph holds them.
 *
 * With `binned` numbers a column that is missing somewhere gets a 0/1 column that
 * says so; where it never was, a missing number weighs nothing.
 *
 * @param x - raw feature columns in the order of `features`, shape [rows, features]
 */
export function fitLinearDesign(
  features: readonly Feature[],
  x: Matrix,
  { numbers = 'standardize', bins = 16 }: DesignOptions = {},
): LinearDesign {
  const isBinned = ({ field }: Feature): boolean =>
    numbers === 'binned' && (field.type === 'number' || field.type === 'integer')
  const positions = [...features.keys()]
  const numbersWith = (encoding: string): number[] =>
    positions.filter((i) => features[i]!.encoding === encoding && !isBinned(features[i]!))
  const categories = positions.filter((i) => features[i]!.field.type === 'category')
  const binned = positions.filter((i) => isBinned(features[i]!))
  const blocks = [
    fitNumbers(numbersWith('as-is'), x, { transform: 'identity', isScaled: false }),
    fitNumbers(numbersWith('standardize'), x, { transform: 'identity', isScaled: true }),
    fitNumbers(numbersWith('log1p'), x, { transform: 'log1p', isScaled: true }),
    fitBins(binned, x, bins),
    { kind: 'missing', columns: binned.filter((column) => hasMissing(x, column)) } as const,
  ].filter((block) => block.columns.length > 0)
  return [...blocks, ...categories.map((column) => oneHotBlock(features[column]!, column))]
}

function fitBins(columns: readonly number[], x: Matrix, bins: number): BinBlock {
  const ranges = columns.flatMap((column) => {
    const edges = quantileEdges(x, column, bins)
    return [-Infinity, ...edges].map((start, k) => ({ column, start, end: edges[k] ?? NaN }))
  })
  return {
    kind: 'bins',
    columns: ranges.map(({ column }) => column),
    starts: ranges.map(({ start }) => start),
    ends: ranges.map(({ end }) => end),
  }
}

/**
 * The least values of the ranges but the first, ascending. A range ends with the value that makes
 * its share of the rows full, so that many rows of one value leave room for the others.
 */
function quantileEdges(x: Matrix, column: number, bins: number): number[] {
  const sorted = Float32Array.from({ length: x.rows }, (_, r) => x.values[r * x.columns + column]!)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const edges: number[] = []
  let start = 0
  for (let i = 1; i < sorted.length; i++) {
    const isFull = (i - start) * bins >= sorted.length
    if (!isFull || sorted[i] === sorted[i - 1]) continue
    edges.push(sorted[i]!)
    start = i
  }
  return edges
}

function hasMissing(x: Matrix, column: number): boolean {
  for (let r = 0; r < x.rows; r++) {
    if (Number.isNaN(x.values[r * x.columns + column]!)) return true
  }
  return false
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
      options.isScaled && deviation > 0 ? Math.max(leastScale, Math.fround(deviation)) : 1,
    ),
  }
}

/** The graph multiplies by its inverse, which float32 still holds. */
const leastScale = 2 ** -127

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

function widthOf(block: DesignBlock): number {
  return block.kind === 'one-hot' ? block.levels.length : block.columns.length
}

/** Applies the encodings: raw columns [rows, features] to the design's columns [rows, width]. */
export function encodeLinearDesign(design: LinearDesign, x: Matrix): SparseRows {
  const cells = design.flatMap((block) =>
    Array.from({ length: widthOf(block) }, (_, k) => ({ block, k })),
  )
  const most = x.rows * mostEntriesPerRow(design)
  const starts = new Float64Array(x.rows + 1)
  const columnOf = new Int32Array(most)
  const values = new Float64Array(most)
  let entry = 0
  for (let row = 0; row < x.rows; row++) {
    for (let column = 0; column < cells.length; column++) {
      const value = cellOf(cells[column]!, x, row)
      if (value === 0) continue
      columnOf[entry] = column
      values[entry++] = value
    }
    starts[row + 1] = entry
  }
  return {
    rows: x.rows,
    columns: cells.length,
    starts,
    columnOf: columnOf.subarray(0, entry),
    values: values.subarray(0, entry),
  }
}

/** A number lies in one range, a category has one level: the others are 0. */
function mostEntriesPerRow(design: LinearDesign): number {
  return design.reduce((sum, block) => {
    if (block.kind === 'one-hot') return sum + 1
    return sum + new Set(block.columns).size
  }, 0)
}

function cellOf(
  { block, k }: { readonly block: DesignBlock; readonly k: number },
  x: Matrix,
  row: number,
): number {
  const cells = row * x.columns
  switch (block.kind) {
    case 'one-hot':
      return x.values[cells + block.column] === block.levels[k] ? 1 : 0
    case 'missing':
      return Number.isNaN(x.values[cells + block.columns[k]!]!) ? 1 : 0
    case 'bins': {
      const value = x.values[cells + block.columns[k]!]!
      return value >= block.starts[k]! && !(value >= block.ends[k]!) ? 1 : 0
    }
    case 'numbers': {
      const value = transformed(x, row, block.columns[k]!, block.transform)
      return Number.isNaN(value) ? 0 : (value - block.means[k]!) / block.scales[k]!
    }
  }
}
