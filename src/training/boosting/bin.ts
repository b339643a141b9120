import { type Matrix } from '../../core/matrix.ts'
import { type ColumnBinner, createColumnBinner } from './column-binner.ts'

/** How one feature's values became bins 0, 1, …; the missing value's bin comes after the last. */
export type FeatureBins =
  | {
      readonly kind: 'number'
      /** Ascending float32 numbers; bin b holds thresholds[b - 1] < x <= thresholds[b]. Shape [bins - 1]. */
      readonly thresholds: Float32Array
      readonly bins: number
    }
  | {
      readonly kind: 'category'
      /** The code of each bin, the most frequent first. */
      readonly codes: readonly number[]
      /** `codes.length`, or one more when rarer codes share a last bin, which no split ever names. */
      readonly bins: number
    }

type CategoryBins = Extract<FeatureBins, { readonly kind: 'category' }>

/** A matrix whose values are bins. */
export interface BinnedMatrix {
  readonly rows: number
  readonly features: readonly FeatureBins[]
  /** Each of shape [rows]. */
  readonly byFeature: readonly Uint8Array[]
}

/**
 * Bins each feature by its own values: one bin per distinct value while there
 * are at most `maxBins`, else bins of about equally many rows.
 *
 * @param x - finite or NaN, shape [rows, columns]
 * @param categorical - which features hold codes, shape [columns]
 * @param maxBins - 2 to 255
 */
export function binMatrix(
  x: Matrix,
  categorical: readonly boolean[],
  maxBins: number,
): BinnedMatrix {
  const { rows, columns } = x
  const features: FeatureBins[] = []
  const byFeature: Uint8Array[] = []
  const binner = createColumnBinner(rows, Math.min(columns, columnsAtOnce))
  for (let column = 0; column < columns; column++) {
    if (column % columnsAtOnce === 0) readColumns(binner.columns, x, column)
    const values = binner.columns[column % columnsAtOnce]!
    if (categorical[column] === true) {
      const bins = binCodes(values, maxBins)
      features.push(bins)
      byFeature.push(encodeCodes(values, bins))
    } else {
      const thresholds = chooseThresholds(binner.countValues(values), maxBins)
      features.push({ kind: 'number', thresholds, bins: thresholds.length + 1 })
      byFeature.push(binner.bin(values, thresholds))
    }
  }
  return { rows, features, byFeature }
}

/** Some at once, as each row's cells share few lines of the cache. */
const columnsAtOnce = 8

/** Writes columns from the first on, in pieces of rows that stay near. */
function readColumns(into: readonly Float32Array[], x: Matrix, first: number): void {
  for (let start = 0; start < x.rows; start += nearRows) {
    const end = Math.min(x.rows, start + nearRows)
    for (const [k, column] of into.slice(0, x.columns - first).entries()) {
      readPiece(column, x, { column: first + k, start, end })
    }
  }
}

const nearRows = 256

function readPiece(
  into: Float32Array,
  { columns, values }: Matrix,
  { column, start, end }: { readonly column: number; readonly start: number; readonly end: number },
): void {
  for (let row = start; row < end; row++) into[row] = values[row * columns + column]!
}

function binCodes(values: Float32Array, maxBins: number): CategoryBins {
  const codes = [...countCodes(values)]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .map(([code]) => code)
  if (codes.length <= maxBins) return { kind: 'category', codes, bins: codes.length }
  return { kind: 'category', codes: codes.slice(0, maxBins - 1), bins: maxBins }
}

/** The small ones, which are most, in a table. */
function countCodes(values: Float32Array): Map<number, number> {
  const small = new Int32Array(smallCodes)
  const counts = new Map<number, number>()
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!
    if (isSmall(value)) small[value | 0]! += 1
    else if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  for (const [code, count] of small.entries()) if (count > 0) counts.set(code, count)
  return counts
}

const smallCodes = 1024

/** A whole number below `smallCodes`; -0 is 0. */
function isSmall(code: number): boolean {
  const whole = code | 0
  return whole === code && whole >= 0 && whole < smallCodes
}

function chooseThresholds(
  { distinct, counts }: ReturnType<ColumnBinner['countValues']>,
  maxBins: number,
): Float32Array {
  const ends = distinct.length <= maxBins ? [...distinct.keys()] : chooseBinEnds(counts, maxBins)
  return Float32Array.from(ends.slice(0, -1), (end) =>
    thresholdBetween(distinct[end]!, distinct[end + 1]!),
  )
}

/** The last distinct value of each bin: each bin takes its share of the rows left, a heavy value a bin of its own. */
function chooseBinEnds(counts: Int32Array, maxBins: number): number[] {
  const ends: number[] = []
  let left = 0
  for (let i = 0; i < counts.length; i++) left += counts[i]!
  let held = 0
  for (let i = 0; i < counts.length - 1 && ends.length < maxBins - 1; i++) {
    held += counts[i]!
    const share = left / (maxBins - ends.length)
    if (held < share && counts[i + 1]! < share) continue
    ends.push(i)
    left -= held
    held = 0
  }
  return [...ends, counts.length - 1]
}

/** A float32 number t with a <= t < b, about the middle, so that x <= t decides in float32 as it did here. */
function thresholdBetween(a: number, b: number): number {
  const middle = Math.fround(a + (b - a) / 2)
  return middle < b ? middle : a
}

function encodeCodes(values: Float32Array, { codes, bins }: CategoryBins): Uint8Array {
  const into = new Uint8Array(values.length)
  const binOfCode = new Map(codes.map((code, bin) => [code, bin]))
  const small = Uint8Array.from(
    { length: smallCodes },
    (_, code) => binOfCode.get(code) ?? bins - 1,
  )
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!
    if (isSmall(value)) into[row] = small[value | 0]!
    else into[row] = Number.isNaN(value) ? bins : (binOfCode.get(value) ?? bins - 1)
  }
  return into
}
