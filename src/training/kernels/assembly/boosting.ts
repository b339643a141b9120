/**
 * Kernels of gradient boosting, in AssemblyScript: `npm run build:kernels` compiles them to
 * ../boosting-wasm.ts. ../boosting-kernel.ts says what each does; ../plain-boosting-kernel.ts does
 * the same in JavaScript, bit for bit.
 */

/** Σ gradient, Σ hessian; rows are counted elsewhere, four bytes a cell. */
const cellBytes: usize = 16

/** So many rows are fetched before they are summed, so that waiting for memory overlaps. */
const batch: i32 = 32

export function fill(
  order: usize,
  count: i32,
  bins: usize,
  columns: usize,
  derivatives: usize,
  features: usize,
  featureCount: i32,
  sums: usize,
  counts: usize,
  scratch: usize,
): void {
  const end = features + ((<usize>featureCount) << 3)
  // All columns in order, as is most usual: then four bins are read at once.
  const isWhole = <usize>featureCount == columns
  const fours = features + ((<usize>featureCount & ~3) << 3)
  let touched: u32 = 0
  for (let i: i32 = 0; i < count; i += batch) {
    const size = min<i32>(batch, count - i)
    for (let j: i32 = 0; j < size; j++) {
      const row = <usize>load<i32>(order + ((<usize>(i + j)) << 2))
      const line = bins + row * columns
      touched += <u32>load<u8>(line) + <u32>load<u8>(line + columns - 1)
      const slot = scratch + <usize>j * 32
      v128.store(slot, v128.load(derivatives + (row << 4)))
      store<u32>(slot, <u32>line, 16)
    }
    for (let j: i32 = 0; j < size; j++) {
      const slot = scratch + <usize>j * 32
      const pair = v128.load(slot)
      let line = <usize>load<u32>(slot, 16)
      let f = features
      if (!isWhole) {
        for (; f < end; f += 8) {
          const bin = <usize>load<u8>(line + <usize>load<u32>(f))
          const at = <usize>load<u32>(f, 4) + bin * cellBytes
          add(sums + at, pair)
          count1(counts + (at >> 2))
        }
      } else if (counts == 0) {
        for (; f < fours; f += 32) {
          const four = load<u32>(line)
          add(sums + <usize>load<u32>(f, 4) + (four & 255) * cellBytes, pair)
          add(sums + <usize>load<u32>(f, 12) + ((four >> 8) & 255) * cellBytes, pair)
          add(sums + <usize>load<u32>(f, 20) + ((four >> 16) & 255) * cellBytes, pair)
          add(sums + <usize>load<u32>(f, 28) + (four >> 24) * cellBytes, pair)
          line += 4
        }
        for (; f < end; f += 8) {
          add(sums + <usize>load<u32>(f, 4) + <usize>load<u8>(line) * cellBytes, pair)
          line++
        }
      } else {
        for (; f < fours; f += 32) {
          const four = load<u32>(line)
          const a = <usize>load<u32>(f, 4) + (four & 255) * cellBytes
          const b = <usize>load<u32>(f, 12) + ((four >> 8) & 255) * cellBytes
          const c = <usize>load<u32>(f, 20) + ((four >> 16) & 255) * cellBytes
          const d = <usize>load<u32>(f, 28) + (four >> 24) * cellBytes
          add(sums + a, pair)
          count1(counts + (a >> 2))
          add(sums + b, pair)
          count1(counts + (b >> 2))
          add(sums + c, pair)
          count1(counts + (c >> 2))
          add(sums + d, pair)
          count1(counts + (d >> 2))
          line += 4
        }
        for (; f < end; f += 8) {
          const at = <usize>load<u32>(f, 4) + <usize>load<u8>(line) * cellBytes
          add(sums + at, pair)
          count1(counts + (at >> 2))
          line++
        }
      }
    }
  }
  // What was touched is kept, or the compiler would leave the touching out.
  store<u32>(scratch, touched, 16)
}

function add(cell: usize, pair: v128): void {
  v128.store(cell, f64x2.add(v128.load(cell), pair))
}

function count1(cell: usize): void {
  store<i32>(cell, load<i32>(cell) + 1)
}

export function subtract(
  sums: usize,
  otherSums: usize,
  counts: usize,
  otherCounts: usize,
  cells: i32,
): void {
  for (let i: usize = 0; i < <usize>cells; i++) {
    const at = i << 4
    v128.store(sums + at, f64x2.sub(v128.load(sums + at), v128.load(otherSums + at)))
    const n = i << 2
    store<i32>(counts + n, load<i32>(counts + n) - load<i32>(otherCounts + n))
  }
}

export function part(order: usize, count: i32, bins: usize, goesLeft: usize, spare: usize): i32 {
  const end = order + ((<usize>count) << 2)
  let left = order
  let right = spare
  for (let at = order; at < end; at += 4) {
    const row = load<i32>(at)
    const isLeft = <usize>load<u8>(goesLeft + <usize>load<u8>(bins + <usize>row))
    store<i32>(left, row)
    store<i32>(right, row)
    left += isLeft << 2
    right += (1 - isLeft) << 2
  }
  memory.copy(left, spare, right - spare)
  return <i32>((left - order) >> 2)
}

function shrink(gradient: f64, l1: f64): f64 {
  return copysign<f64>(max<f64>(0, abs<f64>(gradient) - l1), gradient)
}

/** More than products and quotients can differ by rounding. */
const slack: f64 = 1 + 1e-12

export function scan(sums: usize, counts: usize, bins: i32, search: usize): i32 {
  const totalGradient = load<f64>(search)
  const totalHessian = load<f64>(search, 8)
  const totalRows = load<f64>(search, 16)
  const l1 = load<f64>(search, 24)
  const l2 = load<f64>(search, 32)
  const minRows = load<f64>(search, 40)
  const minHessian = load<f64>(search, 48)
  let best = load<f64>(search, 56)
  let gradient = load<f64>(search, 64)
  let hessian = load<f64>(search, 72)
  let rows = load<f64>(search, 80)
  let bestBin: i32 = -1
  let at = sums
  let bin: i32 = 0
  // A split has known values on both sides. Later an empty bin scores what the one before it did.
  for (; bin < bins && load<i32>(counts + ((<usize>bin) << 2)) == 0; bin++) at += cellBytes
  for (; bin < bins; bin++, at += cellBytes) {
    gradient += load<f64>(at)
    hessian += load<f64>(at, 8)
    rows += <f64>load<i32>(counts + ((<usize>bin) << 2))
    if (rows < minRows) continue
    if (totalRows - rows < minRows) break
    const hessianRight = totalHessian - hessian
    if (hessian < minHessian || hessianRight < minHessian) continue
    const gradientLeft = shrink(gradient, l1)
    const gradientRight = shrink(totalGradient - gradient, l1)
    const left = gradientLeft * gradientLeft
    const right = gradientRight * gradientRight
    const a = hessian + l2
    const b = hessianRight + l2
    // Most thresholds score far less than the best: products tell that sooner than quotients.
    if ((left * b + right * a) * slack < best * a * b) continue
    const score = left / a + right / b
    if (score > best) {
      best = score
      bestBin = bin
      store<f64>(search, gradient, 64)
      store<f64>(search, hessian, 72)
      store<f64>(search, rows, 80)
    }
  }
  store<f64>(search, best, 56)
  return bestBin
}

export function bin(values: usize, count: i32, thresholds: usize, missing: i32, into: usize): void {
  for (let i: i32 = 0; i < count; i++) {
    const value = load<f32>(values + ((<usize>i) << 2))
    // Halves without branches, which could not be foreseen.
    let at = thresholds
    at += load<f32>(at, 508) < value ? 512 : 0
    at += load<f32>(at, 252) < value ? 256 : 0
    at += load<f32>(at, 124) < value ? 128 : 0
    at += load<f32>(at, 60) < value ? 64 : 0
    at += load<f32>(at, 28) < value ? 32 : 0
    at += load<f32>(at, 12) < value ? 16 : 0
    at += load<f32>(at, 4) < value ? 8 : 0
    at += load<f32>(at) < value ? 4 : 0
    store<u8>(into + <usize>i, value == value ? <i32>((at - thresholds) >> 2) : missing)
  }
}
