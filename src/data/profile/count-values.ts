/** How often which number occurs. */

export interface CountedValues {
  /** Ascending, distinct, finite; there is one zero. */
  readonly values: Float64Array
  /** How often each occurs, above 0. */
  readonly counts: Float64Array
  /** Cells that are NaN. */
  readonly nans: number
  /** Cells with an infinity of either sign. */
  readonly infinities: number
}

/**
 * Whole numbers that lie close together are counted, others sorted: that is
 * what the memory's and the sort's speed allow.
 */
export function countValues(cells: Float64Array): CountedValues {
  const finite = new Float64Array(cells.length)
  let [n, nans, isWhole, min, max] = [0, 0, true, Infinity, -Infinity]
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]! + 0 // −0 becomes 0
    if (cell - cell !== 0) {
      if (Number.isNaN(cell)) nans++
      continue
    }
    finite[n++] = cell
    isWhole &&= Math.floor(cell) === cell
    if (cell < min) min = cell
    if (cell > max) max = cell
  }
  const there = finite.subarray(0, n)
  const isDense = isWhole && max - min < Math.max(65_536, 4 * n)
  const counted = isDense ? countDense(there, min, max) : countSorted(there)
  return { ...counted, nans, infinities: cells.length - n - nans }
}

type Counts = Pick<CountedValues, 'values' | 'counts'>

function countDense(cells: Float64Array, min: number, max: number): Counts {
  if (cells.length === 0) return { values: cells, counts: cells }
  const all = new Uint32Array(max - min + 1)
  for (const cell of cells) all[cell - min]!++
  let n = 0
  for (const count of all) if (count > 0) n++
  const [values, counts] = [new Float64Array(n), new Float64Array(n)]
  let at = 0
  for (const [i, count] of all.entries()) {
    if (count === 0) continue
    values[at] = min + i
    counts[at++] = count
  }
  return { values, counts }
}

/** Sorts the cells where they lie. */
function countSorted(cells: Float64Array): Counts {
  cells.sort()
  const counts = new Float64Array(cells.length)
  let last = -1
  for (const cell of cells) {
    if (last < 0 || cells[last] !== cell) cells[++last] = cell
    counts[last]!++
  }
  return { values: cells.slice(0, last + 1), counts: counts.slice(0, last + 1) }
}
