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
 * Whole numbers that lie close together are counted where they lie, others in a hash table while
 * they are few, and what is left is sorted, the slowest of the three by far.
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
  const counted = isDense ? countDense(there, min, max) : (countHashed(there) ?? countSorted(there))
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

/** A table that stays in the cache of one core. */
const slots = 2 ** 18
const mostHashed = slots / 2
/** Fewer are sorted before a table of this size is even cleared. */
const fewestHashed = slots

/** Undefined when they are too few, or too many of them different. */
function countHashed(cells: Float64Array): Counts | undefined {
  if (cells.length < fewestHashed) return undefined
  const words = new Uint32Array(cells.buffer, cells.byteOffset, cells.length * 2)
  const keys = new Float64Array(slots)
  const found = new Uint32Array(slots)
  let distinct = 0
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!
    let slot = hash(words[2 * i]!, words[2 * i + 1]!)
    while (found[slot] !== 0 && keys[slot] !== cell) slot = (slot + 1) % slots
    if (found[slot]!++ === 0) {
      keys[slot] = cell
      distinct++
      if (distinct > mostHashed) return undefined
    }
  }
  return sortCounts(keys, found, distinct)
}

/** The first bits of a product that all bits of a double reach. */
function hash(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e37_79b1), 0x85eb_ca6b)
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2_ae35) >>> 14
}

function sortCounts(keys: Float64Array, found: Uint32Array, distinct: number): Counts {
  const values = new Float64Array(distinct)
  const byValue = new Map<number, number>()
  let at = 0
  for (const [slot, count] of found.entries()) {
    if (count === 0) continue
    values[at++] = keys[slot]!
    byValue.set(keys[slot]!, count)
  }
  values.sort()
  return { values, counts: values.map((value) => byValue.get(value)!) }
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
