import { sigmoid } from '../../math/sigmoid.ts'
import { leafScore, leafValue, type Limits } from '../boosting/leaf.ts'
import {
  type BinJob,
  type BoostingKernel,
  cellBytes,
  type CellScale,
  type CountJob,
  type FillJob,
  leafBytes,
  type LogisticJob,
  type PartJob,
  type QuantizeJob,
  type SearchJob,
  featureWords,
  noNames,
  noNamesFalling,
  noNamesRising,
  searchFields,
  searchLength,
  thresholdRoom,
} from './boosting-kernel.ts'
import { type CategoryCells, searchCategories } from './search-categories.ts'

/** The kernel in JavaScript: the judge of the compiled one, and what computes without WebAssembly. */
export function createPlainBoostingKernel(buffer: ArrayBufferLike): BoostingKernel {
  return {
    logistic: (...job) => logistic(buffer, job),
    quantize: (...job) => quantize(buffer, job),
    list: (order, count) => {
      const rows = new Int32Array(buffer, order, count)
      for (let row = 0; row < count; row++) rows[row] = row
    },
    addLeaves: (...job) => addLeaves(buffer, job),
    fill: (...job) => fill(buffer, job),
    clear: (cells, count) => {
      wordsOf(buffer, cells, count).fill(0)
    },
    add: (...job) => combine(buffer, job, 1),
    subtract: (...job) => combine(buffer, job, -1),
    read: (...job) => read(buffer, job),
    part: (...job) => part(buffer, job),
    search: (...job) => searchFeatures(buffer, job),
    count: (...job) => countValues(buffer, job),
    bin: (...job) => bin(buffer, job),
  }
}

/** The halves of a cell's integers, the low one first. */
function wordsOf(buffer: ArrayBufferLike, cells: number, count: number): Int32Array {
  return new Int32Array(buffer, cells, (cellBytes / 4) * count)
}

const wordRange = 2 ** 32

function logistic(buffer: ArrayBufferLike, job: LogisticJob): void {
  const [scores, targets, weights, rows, into, ...scale] = job
  const x = new Float64Array(buffer, scores, rows)
  const y = new Float64Array(buffer, targets, rows)
  const weightOf = weights === 0 ? undefined : new Float64Array(buffer, weights, rows)
  const pairs = new Float64Array(buffer, into, 2 * rows)
  for (let row = 0; row < rows; row++) {
    const p = sigmoid(x[row]!)
    const weight = weightOf?.[row] ?? 1
    pairs[2 * row] = (p - y[row]!) * weight
    pairs[2 * row + 1] = p * (1 - p) * weight
  }
  quantize(buffer, [into, rows, ...scale])
}

function quantize(buffer: ArrayBufferLike, job: QuantizeJob): void {
  const [derivatives, rows, gradientStep, hessianStep, countBits] = job
  const pairs = new Float64Array(buffer, derivatives, 2 * rows)
  const words = wordsOf(buffer, derivatives, rows)
  const share = 2 ** countBits
  for (let row = 0; row < rows; row++) {
    const gradient = roundTo(pairs[2 * row]!, gradientStep)
    const hessian = roundTo(pairs[2 * row + 1]!, hessianStep)
    words[4 * row] = gradient % wordRange
    words[4 * row + 1] = Math.floor(gradient / wordRange)
    words[4 * row + 2] = (hessian % (wordRange / share)) * share + 1
    words[4 * row + 3] = Math.floor(hessian / (wordRange / share))
  }
}

/** To the nearest whole number of steps, to the even one of two. */
function roundTo(value: number, step: number): number {
  const shift = 1.5 * 2 ** 52
  return value * (1 / step) + shift - shift
}

function addLeaves(
  buffer: ArrayBufferLike,
  [scores, leaves, leafCount, rows]: [
    scores: number,
    leaves: number,
    leafCount: number,
    rows: number,
  ],
): void {
  const into = new Float64Array(buffer, scores, rows)
  for (let leaf = leaves; leaf < leaves + leafBytes * leafCount; leaf += leafBytes) {
    const ends = new Uint32Array(buffer, leaf, 2)
    const [start, end] = ends
    const [value] = new Float64Array(buffer, leaf + 8, 1)
    for (const row of new Int32Array(buffer, start, (end! - start!) / 4)) into[row]! += value!
    ends[0] = end!
  }
}

function fill(buffer: ArrayBufferLike, job: FillJob): void {
  const [order, count, bins, columns, derivatives, features, featureCount, into] = job
  const rows = new Int32Array(buffer, order, count)
  const binOf = new Uint8Array(buffer, bins)
  const pairs = new Int32Array(buffer, derivatives)
  const table = new Uint32Array(buffer, features, featureWords * featureCount)
  const words = new Int32Array(buffer, into)
  for (const row of rows) {
    const line = row * columns
    for (let k = 0; k < table.length; k += featureWords) {
      const word = table[k + 1]! / 4 + 4 * binOf[line + table[k]!]!
      addInteger(words, word, pairs, { at: 4 * row, sign: 1 })
      addInteger(words, word + 2, pairs, { at: 4 * row + 2, sign: 1 })
    }
  }
}

/** Adds an integer of two words, or its negative, to another. */
function addInteger(
  words: Int32Array,
  word: number,
  from: Int32Array,
  { at, sign }: { readonly at: number; readonly sign: 1 | -1 },
): void {
  const low = (words[word]! >>> 0) + sign * (from[at]! >>> 0)
  words[word] = low
  words[word + 1] = words[word + 1]! + sign * from[at + 1]! + Math.floor(low / wordRange)
}

function combine(
  buffer: ArrayBufferLike,
  [cells, others, count]: [cells: number, others: number, count: number],
  sign: 1 | -1,
): void {
  const into = wordsOf(buffer, cells, count)
  const from = wordsOf(buffer, others, count)
  for (let at = 0; at < into.length; at += 2) addInteger(into, at, from, { at, sign })
}

function read(
  buffer: ArrayBufferLike,
  [cells, count, search, into]: [cells: number, count: number, search: number, into: number],
): void {
  const words = wordsOf(buffer, cells, count)
  const scale = scaleOf(new Float64Array(buffer, search, searchLength))
  const triples = new Float64Array(buffer, into, 3 * count)
  for (let i = 0; i < count; i++) triples.set(readCell(words, 4 * i, scale), 3 * i)
}

function scaleOf(search: Float64Array): CellScale {
  const { gradientStep, hessianStep, countBits } = searchFields
  return {
    gradientStep: search[gradientStep]!,
    hessianStep: search[hessianStep]!,
    countBits: search[countBits]!,
  }
}

function readCell(
  words: Int32Array,
  word: number,
  { gradientStep, hessianStep, countBits }: CellScale,
): readonly [gradient: number, hessian: number, rows: number] {
  const share = 2 ** countBits
  const gradient = words[word + 1]! * wordRange + (words[word]! >>> 0)
  const low = words[word + 2]! >>> 0
  const rows = low % share
  const hessian = words[word + 3]! * (wordRange / share) + (low - rows) / share
  return [gradient * gradientStep, hessian * hessianStep, rows]
}

function part(buffer: ArrayBufferLike, job: PartJob): number {
  const [order, count, bins, goesLeft, spare] = job
  const rows = new Int32Array(buffer, order, count)
  const binOf = new Uint8Array(buffer, bins)
  const isLeft = new Uint8Array(buffer, goesLeft, 256)
  const others = new Int32Array(buffer, spare, count)
  let left = 0
  let right = 0
  for (let i = 0; i < count; i++) {
    const row = rows[i]!
    if (isLeft[binOf[row]!] === 1) rows[left++] = row
    else others[right++] = row
  }
  rows.set(others.subarray(0, right), left)
  return left
}

function searchFeatures(buffer: ArrayBufferLike, job: SearchJob): number {
  const [cells, features, featureCount, numbers, room, chosen] = job
  const fields = new Float64Array(buffer, numbers, searchLength)
  const goesLeft = new Uint8Array(buffer, chosen, 256)
  let best = -1
  for (let k = 0; k < featureCount; k++) {
    const feature = new Uint32Array(buffer, features + 4 * featureWords * k, featureWords)
    const [first, bins, names] = [cells + feature[1]!, feature[2]!, feature[3]!]
    if (names >= noNamesFalling) {
      const cut = scan(wordsOf(buffer, first, bins + 1), fields, {
        bins,
        direction: directionOf(names),
      })
      if (cut === -1) continue
      fields[searchFields.cut] = cut
    } else {
      read(buffer, [first, bins + 1, numbers, room])
      const triples = new Float64Array(buffer, room, 3 * (bins + 1))
      if (!scanCategories({ numbers: triples, bins, names }, fields, goesLeft)) continue
    }
    best = k
  }
  return best
}

function directionOf(names: number): number {
  if (names === noNames) return 0
  return names === noNamesRising ? 1 : -1
}

function scanCategories(
  categories: CategoryCells,
  fields: Float64Array,
  goesLeft: Uint8Array,
): boolean {
  const named = Object.entries(searchFields).map(([name, at]) => [name, fields[at]!])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names are those of searchFields
  const rules = Object.fromEntries(named) as Record<keyof typeof searchFields, number>
  const { totalGradient, totalHessian, totalRows, l1, minRows, minHessian } = rules
  const limits = limitsOf(fields)
  const found = searchCategories(
    categories,
    {
      ...rules,
      totals: { hessian: totalHessian, rows: totalRows },
      minRowsPerLeaf: minRows,
      minHessianPerLeaf: minHessian,
      scoreOf: (gradient, hessian, l2) =>
        leafScore({ gradient, hessian }, { l1, l2 }, limits) +
        leafScore(
          { gradient: totalGradient - gradient, hessian: totalHessian - hessian },
          { l1, l2 },
          limits,
        ),
    },
    rules.floor,
  )
  if (found === undefined) return false
  const { score, left, bins } = found
  fields.set([score, left.gradient, left.hessian, left.rows], searchFields.floor)
  goesLeft.fill(0)
  for (const chosen of bins) goesLeft[chosen] = 1
  return true
}

function limitsOf(fields: Float64Array): Limits | undefined {
  if (fields[searchFields.isLimited] === 0) return undefined
  return { min: fields[searchFields.least]!, max: fields[searchFields.greatest]! }
}

interface ScannedNumber {
  readonly bins: number
  /** Whether the values of leaves may only rise (1) or fall (-1); 0 for either. */
  readonly direction: number
}

function scan(words: Int32Array, fields: Float64Array, number: ScannedNumber): number {
  const { bins } = number
  const missing = readCell(words, 4 * bins, scaleOf(fields))
  const isMissing = missing[2] > 0
  const right = scanFrom(words, fields, number, {
    start: [0, 0, 0],
    count: isMissing ? bins : bins - 1,
  })
  const left = isMissing ? scanFrom(words, fields, number, { start: missing, count: bins - 1 }) : -1
  return left === -1 ? 2 * right + Number(right === -1) : 2 * left + 1
}

/** Thresholds after each of the first `count` bins, of which the first has `start` to its left already. */
function scanFrom(
  words: Int32Array,
  fields: Float64Array,
  { bins, direction }: ScannedNumber,
  { start, count }: { readonly start: readonly [number, number, number]; readonly count: number },
): number {
  const [totalGradient, totalHessian, totalRows, l1, l2, minRows, minHessian] = fields
  const scale = scaleOf(fields)
  const limits = limitsOf(fields)
  const shrinkage = { l1: l1!, l2: l2!, learningRate: 1 }
  let [gradient, hessian, rows] = start
  let best = fields[searchFields.floor]!
  let bestBin = -1
  for (let at = 0; at < count; at++) {
    const cell = readCell(words, 4 * at, scale)
    if (cell[2] === 0) continue
    gradient += cell[0]
    hessian += cell[1]
    rows += cell[2]
    if (rows < minRows!) continue
    if (totalRows! - rows < minRows!) break
    const left = { gradient, hessian }
    const right = { gradient: totalGradient! - gradient, hessian: totalHessian! - hessian }
    if (hessian < minHessian! || right.hessian < minHessian!) continue
    // Known values against missing ones have no order.
    if (limits !== undefined && direction !== 0 && at < bins - 1) {
      const rise = leafValue(right, shrinkage, limits) - leafValue(left, shrinkage, limits)
      if (rise * direction < 0) continue
    }
    const score = leafScore(left, shrinkage, limits) + leafScore(right, shrinkage, limits)
    if (score <= best) continue
    best = score
    bestBin = at
    fields.set([gradient, hessian, rows], searchFields.leftGradient)
  }
  fields[searchFields.floor] = best
  return bestBin
}

function countValues(buffer: ArrayBufferLike, job: CountJob): number {
  const [values, rows, ...into] = job
  const column = new Float32Array(buffer, values, rows)
  const known = column.filter((value) => !Number.isNaN(value)).sort()
  const distinct = new Float32Array(buffer, into[0], rows)
  const counts = new Int32Array(buffer, into[1], rows)
  let last = -1
  for (const value of known) {
    if (last === -1 || value !== distinct[last]) {
      distinct[++last] = value
      counts[last] = 0
    }
    counts[last]! += 1
  }
  return last + 1
}

function bin(buffer: ArrayBufferLike, [values, count, thresholds, missing, into]: BinJob): void {
  const column = new Float32Array(buffer, values, count)
  const limits = new Float32Array(buffer, thresholds, thresholdRoom)
  const bins = new Uint8Array(buffer, into, count)
  for (let i = 0; i < count; i++) {
    const value = column[i]!
    let low = 0
    let high = limits.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (limits[middle]! < value) low = middle + 1
      else high = middle
    }
    bins[i] = Number.isNaN(value) ? missing : low
  }
}
