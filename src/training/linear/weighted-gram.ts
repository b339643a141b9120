import type { SparseRows } from './sparse-rows.ts'

/**
 * Which columns of sparse rows are mostly filled. Their products are taken from a dense
 * table, a chunk of rows at a time, which needs no look-ups; the table is never whole.
 */
export interface GramPlan {
  /** The mostly filled columns, ascending, then the intercept. Shape [dense]. */
  readonly dense: Int32Array
  /** The place of each column among the dense ones, -1 for the others. Shape [columns]. */
  readonly placeOf: Int32Array
}

export function planGram({ rows, columns, columnOf }: SparseRows): GramPlan {
  const counts = new Float64Array(columns)
  for (let k = 0; k < columnOf.length; k++) counts[columnOf[k]!]! += 1
  const filled = [...counts.keys()].filter((column) => 2 * counts[column]! >= rows)
  const placeOf = new Int32Array(columns).fill(-1)
  filled.forEach((column, place) => (placeOf[column] = place))
  return { dense: Int32Array.of(...filled, columns), placeOf }
}

/**
 * Lower triangle of Σ v·x·xᵀ, x being a row with a final 1. Shape [columns + 1, columns + 1].
 *
 * @param weights - v, shape [rows]
 */
export function weightedGram(
  sparse: SparseRows,
  plan: GramPlan,
  weights: Float64Array,
): Float64Array {
  const into = new Float64Array((sparse.columns + 1) ** 2)
  const cross = Array.from({ length: sparse.columns }, () => new Float64Array(plan.dense.length))
  const chunk = createChunk(plan.dense.length)
  for (let start = 0; start < sparse.rows; start += chunk.rows) {
    const end = Math.min(start + chunk.rows, sparse.rows)
    fillChunk(chunk, sparse, { placeOf: plan.placeOf, weights, start, end })
    addDense(into, chunk, plan.dense)
    addCross(cross, chunk)
    addSparse(into, chunk)
  }
  for (let column = 0; column < sparse.columns; column++) {
    if (plan.placeOf[column] !== -1) continue
    for (const [place, other] of plan.dense.entries()) {
      const cell = Math.max(column, other) * (sparse.columns + 1) + Math.min(column, other)
      into[cell]! += cross[column]![place]!
    }
  }
  return into
}

/** Some rows, and the same times their weights; overwritten chunk by chunk. */
interface Chunk {
  readonly rows: number
  readonly dense: number
  /** Dense columns one by one, two of which are always there: an odd last one has zeros beside it. */
  readonly plain: readonly Float64Array[]
  readonly weighted: readonly Float64Array[]
  /** The dense columns times weights, row by row. */
  readonly table: readonly Float64Array[]
  /** The other entries, as in `SparseRows`. */
  readonly starts: Int32Array
  columnOf: Int32Array
  values: Float64Array
  /** Rows that are filled. */
  count: number
  weights: Float64Array
}

/** Cells of a chunk's table: few enough for a core's cache. */
const chunkCells = 2 ** 13

function createChunk(dense: number): Chunk {
  const rows = Math.max(16, Math.floor(chunkCells / dense))
  const createColumns = (): Float64Array[] =>
    Array.from({ length: dense + (dense % 2) }, () => new Float64Array(rows))
  return {
    rows,
    dense,
    plain: createColumns(),
    weighted: createColumns(),
    table: Array.from({ length: rows }, () => new Float64Array(dense)),
    starts: new Int32Array(rows + 1),
    columnOf: new Int32Array(0),
    values: new Float64Array(0),
    count: 0,
    weights: new Float64Array(0),
  }
}

function fillChunk(
  chunk: Chunk,
  { starts, columnOf, values }: SparseRows,
  rows: { placeOf: Int32Array; weights: Float64Array; start: number; end: number },
): void {
  const { placeOf, start, end } = rows
  const { dense, table, plain, weighted } = chunk
  const most = starts[end]! - starts[start]!
  if (chunk.columnOf.length < most) {
    chunk.columnOf = new Int32Array(most)
    chunk.values = new Float64Array(most)
  }
  chunk.count = end - start
  chunk.weights = rows.weights.subarray(start, end)
  for (const list of [plain, weighted, table]) for (const cells of list) cells.fill(0)
  let entry = 0
  for (let row = 0; row < chunk.count; row++) {
    for (let k = starts[start + row]!; k < starts[start + row + 1]!; k++) {
      const place = placeOf[columnOf[k]!]!
      if (place === -1) {
        chunk.columnOf[entry] = columnOf[k]!
        chunk.values[entry++] = values[k]!
      } else setDense(chunk, row, { place, value: values[k]! })
    }
    setDense(chunk, row, { place: dense - 1, value: 1 })
    chunk.starts[row + 1] = entry
  }
}

function setDense(
  { plain, weighted, table, weights }: Chunk,
  row: number,
  { place, value }: { place: number; value: number },
): void {
  plain[place]![row] = value
  weighted[place]![row] = weights[row]! * value
  table[row]![place] = weights[row]! * value
}

function addDense(into: Float64Array, { plain, weighted }: Chunk, dense: Int32Array): void {
  const size = dense.at(-1)! + 1
  const sums = new Float64Array(4)
  for (let i = 0; i < plain.length; i += 2) {
    for (let j = 0; j <= i; j += 2) {
      fillProducts(sums, [weighted[i]!, weighted[i + 1]!], [plain[j]!, plain[j + 1]!])
      addCell(into, size, { high: dense[i], low: dense[j], value: sums[0]! })
      addCell(into, size, { high: dense[i + 1], low: dense[j], value: sums[2]! })
      addCell(into, size, { high: dense[i + 1], low: dense[j + 1], value: sums[3]! })
      if (j < i) addCell(into, size, { high: dense[i], low: dense[j + 1], value: sums[1]! })
    }
  }
}

function addCell(
  into: Float64Array,
  size: number,
  cell: { high: number | undefined; low: number | undefined; value: number },
): void {
  if (cell.high === undefined || cell.low === undefined) return
  into[cell.high * size + cell.low]! += cell.value
}

/** Products of two by two columns: each number that is read serves two of them. */
function fillProducts(
  into: Float64Array,
  [a, b]: readonly [Float64Array, Float64Array],
  [c, d]: readonly [Float64Array, Float64Array],
): void {
  let [ac, ad, bc, bd] = [0, 0, 0, 0]
  for (let row = 0; row < a.length; row++) {
    ac += a[row]! * c[row]!
    ad += a[row]! * d[row]!
    bc += b[row]! * c[row]!
    bd += b[row]! * d[row]!
  }
  into.set([ac, ad, bc, bd])
}

/** Each other entry times the dense part of its row, by the entry's column. */
function addCross(
  into: readonly Float64Array[],
  { count, table, starts, columnOf, values }: Chunk,
): void {
  for (let row = 0; row < count; row++) {
    for (let k = starts[row]!; k < starts[row + 1]!; k++) {
      addTimes(into[columnOf[k]!]!, table[row]!, values[k]!)
    }
  }
}

function addTimes(into: Float64Array, cells: Float64Array, factor: number): void {
  for (let i = 0; i < into.length; i++) into[i]! += factor * cells[i]!
}

function addSparse(into: Float64Array, { count, starts, columnOf, values, weights }: Chunk): void {
  const size = Math.sqrt(into.length)
  for (let row = 0; row < count; row++) {
    const start = starts[row]!
    const end = starts[row + 1]!
    for (let a = start; a < end; a++) {
      const weighted = weights[row]! * values[a]!
      const line = columnOf[a]! * size
      for (let b = start; b <= a; b++) into[line + columnOf[b]!]! += weighted * values[b]!
    }
  }
}
