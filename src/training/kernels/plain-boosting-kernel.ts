import {
  type BinJob,
  type BoostingKernel,
  type FillJob,
  type PartJob,
  type ScanJob,
  searchFields,
  searchLength,
  thresholdRoom,
  type SubtractJob,
} from './boosting-kernel.ts'

/** The kernel in JavaScript: the judge of the compiled one, and what computes without WebAssembly. */
export function createPlainBoostingKernel(buffer: ArrayBufferLike): BoostingKernel {
  return {
    fill: (...job) => fill(buffer, job),
    subtract: (...job) => subtract(buffer, job),
    part: (...job) => part(buffer, job),
    scan: (...job) => scan(buffer, job),
    bin: (...job) => bin(buffer, job),
  }
}

function fill(buffer: ArrayBufferLike, job: FillJob): void {
  const [order, count, bins, columns, derivatives, features, featureCount, into, counts] = job
  const rows = new Int32Array(buffer, order, count)
  const binOf = new Uint8Array(buffer, bins)
  const pairs = new Float64Array(buffer, derivatives)
  const table = new Uint32Array(buffer, features, 2 * featureCount)
  const sums = new Float64Array(buffer, into)
  const rowsOf = new Int32Array(buffer, counts)
  for (const row of rows) {
    const gradient = pairs[2 * row]!
    const hessian = pairs[2 * row + 1]!
    const line = row * columns
    for (let k = 0; k < table.length; k += 2) {
      const cell = table[k + 1]! / 16 + binOf[line + table[k]!]!
      sums[2 * cell]! += gradient
      sums[2 * cell + 1]! += hessian
      if (counts !== 0) rowsOf[cell]! += 1
    }
  }
}

function subtract(buffer: ArrayBufferLike, job: SubtractJob): void {
  const [sums, otherSums, counts, otherCounts, cells] = job
  const into = new Float64Array(buffer, sums, 2 * cells)
  const from = new Float64Array(buffer, otherSums, 2 * cells)
  for (let i = 0; i < into.length; i++) into[i]! -= from[i]!
  const rows = new Int32Array(buffer, counts, cells)
  const fewer = new Int32Array(buffer, otherCounts, cells)
  for (let i = 0; i < cells; i++) rows[i]! -= fewer[i]!
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

function scan(buffer: ArrayBufferLike, [sums, counts, bins, search]: ScanJob): number {
  const cell = new Float64Array(buffer, sums, 2 * bins)
  const rowsOf = new Int32Array(buffer, counts, bins)
  const fields = new Float64Array(buffer, search, searchLength)
  const [totalGradient, totalHessian, totalRows, l1, l2, minRows, minHessian] = fields
  let best = fields[searchFields.floor]!
  let gradient = fields[searchFields.leftGradient]!
  let hessian = fields[searchFields.leftHessian]!
  let rows = fields[searchFields.leftRows]!
  let bestBin = -1
  for (let at = 0; at < bins; at++) {
    const binRows = rowsOf[at]!
    if (binRows === 0) continue
    gradient += cell[2 * at]!
    hessian += cell[2 * at + 1]!
    rows += binRows
    if (rows < minRows!) continue
    if (totalRows! - rows < minRows!) break
    const hessianRight = totalHessian! - hessian
    if (hessian < minHessian! || hessianRight < minHessian!) continue
    const left = shrink(gradient, l1!)
    const right = shrink(totalGradient! - gradient, l1!)
    const score = (left * left) / (hessian + l2!) + (right * right) / (hessianRight + l2!)
    if (score <= best) continue
    best = score
    bestBin = at
    fields.set([gradient, hessian, rows], searchFields.leftGradient)
  }
  fields[searchFields.floor] = best
  return bestBin
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

function shrink(gradient: number, l1: number): number {
  return Math.sign(gradient) * Math.max(0, Math.abs(gradient) - l1)
}
