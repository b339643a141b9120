/**
 * Kernels of gradient boosting, in AssemblyScript: `npm run build:kernels` compiles them to
 * ../boosting-wasm.ts. ../boosting-kernel.ts says what each does; ../plain-boosting-kernel.ts does
 * the same in JavaScript, bit for bit.
 */

/** Two integers of 64 bits: Σ gradient, and Σ hessian above the number of rows. */
const cellBytes: usize = 16

/** Four words of 32 bits: a column, the byte offset of its first cell, its bins, and how many have names; for numbers -1, -2 where values may only rise, -3 where they may only fall. */
const featureBytes: usize = 16

export function logistic(
  scores: usize,
  targets: usize,
  weights: usize,
  rows: i32,
  derivatives: usize,
  gradientStep: f64,
  hessianStep: f64,
  countBits: i32,
): void {
  const end = rows & ~1
  const one = f64x2.splat(1)
  const inverse = f64x2(1 / gradientStep, 1 / hessianStep)
  for (let i: i32 = 0; i < end; i += 2) {
    const at = (<usize>i) << 3
    const x = v128.load(scores + at)
    const least = f64x2.neg(f64x2.abs(x))
    // Where two to the k is subnormal, one after the other.
    const isFar = v128.any_true(f64x2.lt(least, f64x2.splat(-708)))
    const e = isFar
      ? f64x2(exp(f64x2.extract_lane(least, 0)), exp(f64x2.extract_lane(least, 1)))
      : exp2(least)
    const isPositive = f64x2.ge(x, f64x2.splat(0))
    const p = f64x2.div(v128.bitselect(one, e, isPositive), f64x2.add(one, e))
    let gradients = f64x2.sub(p, v128.load(targets + at))
    let hessians = f64x2.mul(p, f64x2.sub(one, p))
    if (weights != 0) {
      const weight = v128.load(weights + at)
      gradients = f64x2.mul(gradients, weight)
      hessians = f64x2.mul(hessians, weight)
    }
    const into = derivatives + (at << 1)
    v128.store(into, round(v128.shuffle<i64>(gradients, hessians, 0, 2), inverse, countBits))
    v128.store(into, round(v128.shuffle<i64>(gradients, hessians, 1, 3), inverse, countBits), 16)
  }
  for (let i: i32 = end; i < rows; i++) {
    const at = (<usize>i) << 3
    const x = load<f64>(scores + at)
    const e = exp(-abs<f64>(x))
    const p = (x >= 0 ? 1 : e) / (1 + e)
    const weight = weights == 0 ? 1 : load<f64>(weights + at)
    const pair = f64x2((p - load<f64>(targets + at)) * weight, p * (1 - p) * weight)
    v128.store(derivatives + (at << 1), round(pair, inverse, countBits))
  }
}

const inverseLn2: f64 = 1.4426950408889634
const ln2High: f64 = 0.693147180559663
const ln2Low: f64 = 2.8235290563031577e-13
const e2: f64 = 1.0 / 2
const e3: f64 = 1.0 / 6
const e4: f64 = 1.0 / 24
const e5: f64 = 1.0 / 120
const e6: f64 = 1.0 / 720
const e7: f64 = 1.0 / 5040
const e8: f64 = 1.0 / 40320
const e9: f64 = 1.0 / 362880
const e10: f64 = 1.0 / 3628800
const e11: f64 = 1.0 / 39916800
const e12: f64 = 1.0 / 479001600
const e13: f64 = 1.0 / 6227020800

/** As math/exponential.ts, of x from -708 to 0. */
function exp2(x: v128): v128 {
  const k = f64x2.floor(f64x2.add(f64x2.mul(x, f64x2.splat(inverseLn2)), f64x2.splat(0.5)))
  const high = f64x2.sub(x, f64x2.mul(k, f64x2.splat(ln2High)))
  const low = f64x2.mul(k, f64x2.splat(ln2Low))
  const r = f64x2.sub(high, low)
  const lost = f64x2.sub(f64x2.sub(high, r), low)
  const z = f64x2.mul(r, r)
  let even = f64x2.add(f64x2.splat(e10), f64x2.mul(z, f64x2.splat(e12)))
  let odd = f64x2.add(f64x2.splat(e11), f64x2.mul(z, f64x2.splat(e13)))
  even = f64x2.add(f64x2.splat(e8), f64x2.mul(z, even))
  odd = f64x2.add(f64x2.splat(e9), f64x2.mul(z, odd))
  even = f64x2.add(f64x2.splat(e6), f64x2.mul(z, even))
  odd = f64x2.add(f64x2.splat(e7), f64x2.mul(z, odd))
  even = f64x2.add(f64x2.splat(e4), f64x2.mul(z, even))
  odd = f64x2.add(f64x2.splat(e5), f64x2.mul(z, odd))
  even = f64x2.add(f64x2.splat(e2), f64x2.mul(z, even))
  odd = f64x2.add(f64x2.splat(e3), f64x2.mul(z, odd))
  const rest = f64x2.add(lost, f64x2.mul(z, f64x2.add(even, f64x2.mul(r, odd))))
  const y = f64x2.add(f64x2.splat(1), f64x2.add(r, rest))
  const exponents = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k))
  return f64x2.mul(y, i64x2.shl(i64x2.add(exponents, i64x2.splat(1023)), 52))
}

/** As math/exponential.ts, of x up to 0. */
function exp(x: f64): f64 {
  if (x != x) return x
  if (x < -745.1332191019411) return 0
  const k = Math.floor(x * inverseLn2 + 0.5)
  const high = x - k * ln2High
  const low = k * ln2Low
  const r = high - low
  const lost = high - r - low
  const z = r * r
  const even = e2 + z * (e4 + z * (e6 + z * (e8 + z * (e10 + z * e12))))
  const odd = e3 + z * (e5 + z * (e7 + z * (e9 + z * (e11 + z * e13))))
  const y = 1 + (r + (lost + z * (even + r * odd)))
  const exponent = <i64>k
  if (exponent < -1074) return reinterpret<f64>(<i64>1)
  if (exponent < -1022) return y * reinterpret<f64>((<i64>1) << (exponent + 1074))
  return y * reinterpret<f64>((exponent + 1023) << 52)
}

/** Added to a number below 2⁵¹, it leaves the nearest integer, the even one of two, in the lowest bits. */
const rounder: f64 = 6755399441055744

export function quantize(
  derivatives: usize,
  rows: i32,
  gradientStep: f64,
  hessianStep: f64,
  countBits: i32,
): void {
  const inverse = f64x2(1 / gradientStep, 1 / hessianStep)
  const end = derivatives + ((<usize>rows) << 4)
  for (let at = derivatives; at < end; at += 16) {
    v128.store(at, round(v128.load(at), inverse, countBits))
  }
}

/** A gradient and a hessian as the integers of one row. */
function round(pair: v128, inverse: v128, countBits: i32): v128 {
  const shift = f64x2.splat(rounder)
  const whole = i64x2.sub(f64x2.add(f64x2.mul(pair, inverse), shift), shift)
  const shifted = v128.or(i64x2.shl(whole, countBits), i64x2.splat(1))
  return v128.shuffle<i64>(whole, shifted, 0, 3)
}

export function list(order: usize, count: i32): void {
  for (let row: i32 = 0; row < count; row++) store<i32>(order + ((<usize>row) << 2), row)
}

/** Row by row in pieces, whose scores stay in the nearest cache while each leaf adds to them. */
export function addLeaves(scores: usize, leaves: usize, leafCount: i32, rows: i32): void {
  const end = leaves + ((<usize>leafCount) << 4)
  // With many leaves, pieces that have some rows of each.
  const step = max<i32>(4096, leafCount << 6)
  for (let first: i32 = 0; first < rows; first += step) {
    const limit = min<i32>(step, rows - first) + first
    for (let leaf = leaves; leaf < end; leaf += 16) {
      let at = <usize>load<u32>(leaf)
      const last = <usize>load<u32>(leaf, 4)
      const value = load<f64>(leaf, 8)
      for (; at < last; at += 4) {
        const row = load<i32>(at)
        if (row >= limit) break
        const score = scores + ((<usize>row) << 3)
        store<f64>(score, load<f64>(score) + value)
      }
      store<u32>(leaf, <u32>at)
    }
  }
}

/** So many rows are fetched before they are summed, so that waiting for memory overlaps. */
const batch: i32 = 64

/**
 * Batch by batch, and in a batch a few features after the other, whose cells stay in the nearest cache and
 * whose addresses in registers.
 */
export function fill(
  order: usize,
  count: i32,
  bins: usize,
  columns: usize,
  derivatives: usize,
  features: usize,
  featureCount: i32,
  cells: usize,
  scratch: usize,
): void {
  // All columns in order, as is most usual: then eight bins are read at once.
  const isWhole = <usize>featureCount == columns
  let touched: u32 = 0
  for (let i: i32 = 0; i < count; i += batch) {
    const size = min<i32>(batch, count - i)
    const end = scratch + ((<usize>size) << 5)
    let at = order + ((<usize>i) << 2)
    for (let slot = scratch; slot < end; slot += 32, at += 4) {
      const row = <usize>load<i32>(at)
      const line = bins + row * columns
      touched += <u32>load<u8>(line) + <u32>load<u8>(line + columns - 1)
      v128.store(slot, v128.load(derivatives + (row << 4)))
      store<u32>(slot, <u32>line, 16)
    }
    let k: i32 = 0
    if (isWhole) for (; k + 8 <= featureCount; k += 8) fillEight(scratch, end, features, k, cells)
    for (; k + 4 <= featureCount; k += 4) fillFour(scratch, end, features, k, cells)
    for (; k < featureCount; k++) fillOne(scratch, end, features, k, cells)
  }
  // What was touched is kept, or the compiler would leave the touching out.
  store<u32>(scratch, touched, 16)
}

/** Eight columns beside one another. */
function fillEight(from: usize, end: usize, features: usize, k: i32, cells: usize): void {
  const f = features + <usize>k * featureBytes
  const c0 = cells + <usize>load<u32>(f, 4)
  const c1 = cells + <usize>load<u32>(f, 20)
  const c2 = cells + <usize>load<u32>(f, 36)
  const c3 = cells + <usize>load<u32>(f, 52)
  const c4 = cells + <usize>load<u32>(f, 68)
  const c5 = cells + <usize>load<u32>(f, 84)
  const c6 = cells + <usize>load<u32>(f, 100)
  const c7 = cells + <usize>load<u32>(f, 116)
  for (let slot = from; slot < end; slot += 32) {
    const pair = v128.load(slot)
    const line = <usize>load<u32>(slot, 16) + <usize>k
    const low = load<u32>(line)
    put(c0 + <usize>(low & 255) * cellBytes, pair)
    put(c1 + <usize>((low >> 8) & 255) * cellBytes, pair)
    put(c2 + <usize>((low >> 16) & 255) * cellBytes, pair)
    put(c3 + <usize>(low >> 24) * cellBytes, pair)
    const high = load<u32>(line, 4)
    put(c4 + <usize>(high & 255) * cellBytes, pair)
    put(c5 + <usize>((high >> 8) & 255) * cellBytes, pair)
    put(c6 + <usize>((high >> 16) & 255) * cellBytes, pair)
    put(c7 + <usize>(high >> 24) * cellBytes, pair)
  }
}

/** Any four columns. */
function fillFour(from: usize, end: usize, features: usize, k: i32, cells: usize): void {
  const f = features + <usize>k * featureBytes
  const k0 = <usize>load<u32>(f)
  const k1 = <usize>load<u32>(f, 16)
  const k2 = <usize>load<u32>(f, 32)
  const k3 = <usize>load<u32>(f, 48)
  const c0 = cells + <usize>load<u32>(f, 4)
  const c1 = cells + <usize>load<u32>(f, 20)
  const c2 = cells + <usize>load<u32>(f, 36)
  const c3 = cells + <usize>load<u32>(f, 52)
  for (let slot = from; slot < end; slot += 32) {
    const pair = v128.load(slot)
    const line = <usize>load<u32>(slot, 16)
    put(c0 + <usize>load<u8>(line + k0) * cellBytes, pair)
    put(c1 + <usize>load<u8>(line + k1) * cellBytes, pair)
    put(c2 + <usize>load<u8>(line + k2) * cellBytes, pair)
    put(c3 + <usize>load<u8>(line + k3) * cellBytes, pair)
  }
}

function fillOne(from: usize, end: usize, features: usize, k: i32, cells: usize): void {
  const f = features + <usize>k * featureBytes
  const column = <usize>load<u32>(f)
  const first = cells + <usize>load<u32>(f, 4)
  for (let slot = from; slot < end; slot += 32) {
    const bin = <usize>load<u8>(<usize>load<u32>(slot, 16) + column)
    put(first + bin * cellBytes, v128.load(slot))
  }
}

function put(cell: usize, pair: v128): void {
  v128.store(cell, i64x2.add(v128.load(cell), pair))
}

export function clear(cells: usize, count: i32): void {
  memory.fill(cells, 0, (<usize>count) << 4)
}

export function add(cells: usize, others: usize, count: i32): void {
  const end = (<usize>count) << 4
  for (let at: usize = 0; at < end; at += 16) put(cells + at, v128.load(others + at))
}

export function subtract(cells: usize, others: usize, count: i32): void {
  const end = (<usize>count) << 4
  for (let at: usize = 0; at < end; at += 16) {
    v128.store(cells + at, i64x2.sub(v128.load(cells + at), v128.load(others + at)))
  }
}

export function read(cells: usize, count: i32, search: usize, into: usize): void {
  const gradientStep = load<f64>(search, 88)
  const hessianStep = load<f64>(search, 96)
  const countBits = <i64>load<f64>(search, 104)
  const mask = ((<i64>1) << countBits) - 1
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = cells + (i << 4)
    const rest = load<i64>(at, 8)
    const triple = into + i * 24
    store<f64>(triple, <f64>load<i64>(at) * gradientStep)
    store<f64>(triple, <f64>(rest >> countBits) * hessianStep, 8)
    store<f64>(triple, <f64>(rest & mask), 16)
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

export function search(
  cells: usize,
  features: usize,
  featureCount: i32,
  search: usize,
  room: usize,
  chosen: usize,
): i32 {
  let best: i32 = -1
  const isLimited = load<f64>(search, 160) != 0
  for (let k: i32 = 0; k < featureCount; k++) {
    const feature = features + <usize>k * featureBytes
    const first = cells + <usize>load<u32>(feature, 4)
    const bins = load<i32>(feature, 8)
    const names = load<i32>(feature, 12)
    const isFound =
      names < 0
        ? isLimited
          ? scanLimited(first, bins, names == -1 ? 0 : names == -2 ? 1 : -1, search)
          : scan(first, bins, search)
        : scanCategories(first, bins, names, search, room, chosen)
    if (isFound) best = k
  }
  return best
}

/** More than products and quotients can differ by rounding. */
const slack: f64 = 1 + 1e-12

/**
 * The first lane has missing values on the right, the second on the left. Most thresholds score far
 * less than the best, which products tell sooner than quotients: all else about a threshold is looked at after.
 */
function scan(cells: usize, bins: i32, search: usize): bool {
  const gradientStep = load<f64>(search, 88)
  const hessianStep = load<f64>(search, 96)
  const countBits = <i64>load<f64>(search, 104)
  const mask = ((<i64>1) << countBits) - 1
  const end = cells + <usize>bins * cellBytes
  const missing = load<i64>(end, 8)
  const missingRows = missing & mask
  const startGradient = f64x2(0, <f64>load<i64>(end) * gradientStep)
  const startHessian = f64x2(0, <f64>(missing >> countBits) * hessianStep)
  const totalGradient = f64x2.splat(load<f64>(search))
  const totalHessian = f64x2.splat(load<f64>(search, 8))
  const totalRows = <i64>load<f64>(search, 16)
  const l1 = f64x2.splat(load<f64>(search, 24))
  const isShrunk = load<f64>(search, 24) > 0
  const l2 = f64x2.splat(load<f64>(search, 32))
  const minRows = <i64>load<f64>(search, 40)
  const minHessian = f64x2.splat(load<f64>(search, 48))
  let best = f64x2.splat(load<f64>(search, 56))
  let binRight: usize = 0
  let binLeft: usize = 0
  let gradientSum: i64 = 0
  let restSum: i64 = 0
  const last = missingRows > 0 ? end : end - cellBytes
  for (let at = cells; at < last; at += cellBytes) {
    const rest = load<i64>(at, 8)
    if (rest == 0) continue
    restSum += rest
    gradientSum += load<i64>(at)
    const rows = restSum & mask
    if (rows + missingRows < minRows) continue
    if (totalRows - rows < minRows) break
    const hessian = f64x2.add(f64x2.splat(<f64>(restSum >> countBits) * hessianStep), startHessian)
    const hessianRight = f64x2.sub(totalHessian, hessian)
    const gradient = f64x2.add(f64x2.splat(<f64>gradientSum * gradientStep), startGradient)
    let left = gradient
    let right = f64x2.sub(totalGradient, gradient)
    if (isShrunk) {
      left = f64x2.max(f64x2.splat(0), f64x2.sub(f64x2.abs(left), l1))
      right = f64x2.max(f64x2.splat(0), f64x2.sub(f64x2.abs(right), l1))
    }
    left = f64x2.mul(left, left)
    right = f64x2.mul(right, right)
    const a = f64x2.add(hessian, l2)
    const b = f64x2.add(hessianRight, l2)
    const products = f64x2.add(f64x2.mul(left, b), f64x2.mul(right, a))
    const least = f64x2.mul(f64x2.mul(best, a), b)
    let isBetter = f64x2.ge(f64x2.mul(products, f64x2.splat(slack)), least)
    if (!v128.any_true(isBetter)) continue
    const score = f64x2.add(f64x2.div(left, a), f64x2.div(right, b))
    isBetter = v128.and(
      f64x2.gt(score, best),
      v128.and(f64x2.ge(hessian, minHessian), f64x2.ge(hessianRight, minHessian)),
    )
    if (rows >= minRows && i64x2.extract_lane(isBetter, 0) != 0) {
      binRight = at + cellBytes
      best = f64x2.replace_lane(best, 0, f64x2.extract_lane(score, 0))
      store<f64>(search, f64x2.extract_lane(gradient, 0), 64)
      store<f64>(search, f64x2.extract_lane(hessian, 0), 72)
      store<f64>(search, <f64>rows, 80)
    }
    const isLeft =
      missingRows > 0 && at + cellBytes < end && totalRows - rows - missingRows >= minRows
    if (isLeft && i64x2.extract_lane(isBetter, 1) != 0) {
      binLeft = at + cellBytes
      best = f64x2.replace_lane(best, 1, f64x2.extract_lane(score, 1))
      store<f64>(search, f64x2.extract_lane(gradient, 1), 184)
      store<f64>(search, f64x2.extract_lane(hessian, 1), 192)
      store<f64>(search, <f64>(rows + missingRows), 200)
    }
  }
  const bestRight = f64x2.extract_lane(best, 0)
  const bestLeft = f64x2.extract_lane(best, 1)
  if (binLeft != 0 && bestLeft > bestRight) {
    store<f64>(search, bestLeft, 56)
    store<f64>(search, load<f64>(search, 184), 64)
    store<f64>(search, load<f64>(search, 192), 72)
    store<f64>(search, load<f64>(search, 200), 80)
    store<f64>(search, <f64>((<i32>((binLeft - cells) >> 4) - 1) * 2 + 1), 112)
    return true
  }
  if (binRight == 0) return false
  store<f64>(search, bestRight, 56)
  store<f64>(search, <f64>((<i32>((binRight - cells) >> 4) - 1) * 2), 112)
  return true
}

/** Missing values on the right, then, if there are any, on the left. Both sides of a threshold have limits. */
function scanLimited(cells: usize, bins: i32, direction: f64, search: usize): bool {
  const end = cells + <usize>bins * cellBytes
  const mask = ((<i64>1) << (<i64>load<f64>(search, 104))) - 1
  const isMissing = (load<i64>(end, 8) & mask) > 0
  const last = end - cellBytes
  const right = scanSide(cells, isMissing ? end : last, last, 0, direction, search)
  const left = isMissing ? scanSide(cells, last, last, end, direction, search) : 0
  if (left != 0) store<f64>(search, <f64>((<i32>((left - cells) >> 4) - 1) * 2 + 1), 112)
  else if (right != 0) store<f64>(search, <f64>((<i32>((right - cells) >> 4) - 1) * 2), 112)
  return left != 0 || right != 0
}

/**
 * Thresholds after each cell before `end`; that after the cell `last` has no order, as it parts known values
 * from missing ones. `missing` is the cell that is on the left from the start; 0 for none.
 *
 * @returns where the best threshold is; 0 for none.
 */
function scanSide(
  cells: usize,
  end: usize,
  last: usize,
  missing: usize,
  direction: f64,
  search: usize,
): usize {
  const gradientStep = load<f64>(search, 88)
  const hessianStep = load<f64>(search, 96)
  const countBits = <i64>load<f64>(search, 104)
  const mask = ((<i64>1) << countBits) - 1
  const totalGradient = load<f64>(search)
  const totalHessian = load<f64>(search, 8)
  const totalRows = <i64>load<f64>(search, 16)
  const l1 = load<f64>(search, 24)
  const l2 = load<f64>(search, 32)
  const minRows = <i64>load<f64>(search, 40)
  const minHessian = load<f64>(search, 48)
  const least = load<f64>(search, 168)
  const greatest = load<f64>(search, 176)
  let best = load<f64>(search, 56)
  let found: usize = 0
  let gradientSum: i64 = missing == 0 ? 0 : load<i64>(missing)
  let restSum: i64 = missing == 0 ? 0 : load<i64>(missing, 8)
  for (let at = cells; at < end; at += cellBytes) {
    const rest = load<i64>(at, 8)
    if (rest == 0) continue
    restSum += rest
    gradientSum += load<i64>(at)
    const rows = restSum & mask
    if (rows < minRows) continue
    if (totalRows - rows < minRows) break
    const hessian = <f64>(restSum >> countBits) * hessianStep
    const hessianRight = totalHessian - hessian
    if (hessian < minHessian || hessianRight < minHessian) continue
    const gradient = <f64>gradientSum * gradientStep
    const left = shrink(gradient, l1)
    const right = shrink(totalGradient - gradient, l1)
    const a = hessian + l2
    const b = hessianRight + l2
    // Limits only take from what both sides would score without them.
    if ((left * left * b + right * right * a) * slack < best * a * b) continue
    const valueLeft = min<f64>(greatest, max<f64>(least, -left / a))
    const valueRight = min<f64>(greatest, max<f64>(least, -right / b))
    if (direction != 0 && at < last && (valueRight - valueLeft) * direction < 0) continue
    const score = scoreValue(valueLeft, left, a) + scoreValue(valueRight, right, b)
    if (score <= best) continue
    best = score
    found = at + cellBytes
    store<f64>(search, gradient, 64)
    store<f64>(search, hessian, 72)
    store<f64>(search, <f64>rows, 80)
  }
  store<f64>(search, best, 56)
  return found
}

function shrink(gradient: f64, l1: f64): f64 {
  return copysign<f64>(max<f64>(0, abs<f64>(gradient) - l1), gradient)
}

/** What a leaf scores that has this value, which limits may keep from the best one. */
function scoreValue(value: f64, gradient: f64, hessian: f64): f64 {
  return -value * (2 * gradient + hessian * value)
}

/** Where in the room of a search the rates of bins are, after their numbers, and the order of bins. */
const ratesAt: usize = 6144
const orderAt: usize = 8192

function scanCategories(
  cells: usize,
  bins: i32,
  names: i32,
  search: usize,
  room: usize,
  chosen: usize,
): bool {
  read(cells, bins + 1, search, room)
  const order = room + orderAt
  const hasManyBins = bins > 4
  if (<f64>names <= load<f64>(search, 152)) {
    let isFound = false
    for (let bin: i32 = 0; bin <= bins; bin++) {
      store<i32>(order, bin)
      if (scanCuts(order, 4, 1, hasManyBins, search, room, chosen)) isFound = true
    }
    return isFound
  }
  const count = orderCategories(bins, names, search, room)
  const most = min<i32>(<i32>load<f64>(search, 144), (count + 1) >> 1)
  const last = order + ((<usize>count) << 2) - 4
  const isLow = scanCuts(order, 4, most, hasManyBins, search, room, chosen)
  return scanCuts(last, -4, most, hasManyBins, search, room, chosen) || isLow
}

function orderCategories(bins: i32, names: i32, search: usize, room: usize): i32 {
  const smoothing = load<f64>(search, 120)
  const minRows = load<f64>(search, 136)
  const rates = room + ratesAt
  const order = room + orderAt
  let count: i32 = 0
  for (let bin: i32 = 0; bin <= bins; bin++) {
    if (bin >= names && bin < bins) continue
    const cell = room + <usize>bin * 24
    if (load<f64>(cell, 16) < minRows) continue
    const rate = load<f64>(cell) / (load<f64>(cell, 8) + smoothing)
    store<f64>(rates + ((<usize>bin) << 3), rate)
    let place = order + ((<usize>count) << 2)
    count++
    while (place > order) {
      const before = load<i32>(place - 4)
      if (!(load<f64>(rates + ((<usize>before) << 3)) > rate)) break
      store<i32>(place, before)
      place -= 4
    }
    store<i32>(place, bin)
  }
  return count
}

/** From the end of an order that `from` is, in steps of so many bytes. */
function scanCuts(
  from: usize,
  step: i32,
  most: i32,
  hasManyBins: bool,
  search: usize,
  room: usize,
  chosen: usize,
): bool {
  const totalGradient = load<f64>(search)
  const totalHessian = load<f64>(search, 8)
  const totalRows = load<f64>(search, 16)
  const l1 = load<f64>(search, 24)
  const l2 = load<f64>(search, 32) + (hasManyBins ? load<f64>(search, 128) : 0)
  const minRows = load<f64>(search, 40)
  const minHessian = load<f64>(search, 48)
  const isLimited = load<f64>(search, 160) != 0
  const least = load<f64>(search, 168)
  const greatest = load<f64>(search, 176)
  let best = load<f64>(search, 56)
  let bestCount: i32 = 0
  let gradient: f64 = 0
  let hessian: f64 = 0
  let rows: f64 = 0
  for (let count: i32 = 1; count <= most; count++) {
    const cell = room + <usize>load<i32>(from + (count - 1) * step) * 24
    gradient += load<f64>(cell)
    hessian += load<f64>(cell, 8)
    rows += load<f64>(cell, 16)
    if (rows < minRows || totalRows - rows < minRows) continue
    const hessianRight = totalHessian - hessian
    if (hessian < minHessian || hessianRight < minHessian) continue
    const left = shrink(gradient, l1)
    const right = shrink(totalGradient - gradient, l1)
    const a = hessian + l2
    const b = hessianRight + l2
    let score = (left * left) / a + (right * right) / b
    if (isLimited) {
      const valueLeft = min<f64>(greatest, max<f64>(least, -left / a))
      const valueRight = min<f64>(greatest, max<f64>(least, -right / b))
      score = scoreValue(valueLeft, left, a) + scoreValue(valueRight, right, b)
    }
    if (score <= best) continue
    best = score
    bestCount = count
    store<f64>(search, gradient, 64)
    store<f64>(search, hessian, 72)
    store<f64>(search, rows, 80)
  }
  if (bestCount == 0) return false
  store<f64>(search, best, 56)
  memory.fill(chosen, 0, 256)
  for (let i: i32 = 0; i < bestCount; i++) {
    store<u8>(chosen + <usize>load<i32>(from + i * step), 1)
  }
  return true
}

/** Three digits are all of a number's 32 bits. */
const digitBits: u32 = 11
const digits: usize = 2048

/** By digits of their bits, several times as fast as by comparing them [Knuth 1998, 5.2.5]. */
export function count(values: usize, rows: i32, distinct: usize, counts: usize, room: usize): i32 {
  const keyCount = listKeys(values, rows, distinct, room)
  const end = keyCount << 2
  let from = distinct
  let into = counts
  for (let digit: u32 = 0; digit < 3; digit++) {
    const table = room + <usize>digit * (digits << 2)
    if (!placeDigits(table, keyCount)) continue
    const shift = digit * digitBits
    for (let at: usize = 0; at < end; at += 4) {
      const key = load<u32>(from + at)
      const place = table + ((<usize>(key >> shift) & (digits - 1)) << 2)
      const next = load<u32>(place)
      store<u32>(into + ((<usize>next) << 2), key)
      store<u32>(place, next + 1)
    }
    const other = from
    from = into
    into = other
  }
  return countRuns(from, end, distinct, counts)
}

/**
 * Whole numbers in the order of the floats, without NaN: a negative number's bits are turned, a positive one's
 * come above them; and how often each digit occurs in each of the three places, the lowest first.
 */
function listKeys(values: usize, rows: i32, keys: usize, room: usize): usize {
  memory.fill(room, 0, 3 * digits * 4)
  let into = keys
  const end = values + ((<usize>rows) << 2)
  for (let at = values; at < end; at += 4) {
    const value = load<f32>(at)
    if (value != value) continue
    const word = load<i32>(at)
    const key = <u32>(word ^ ((word >> 31) | i32.MIN_VALUE))
    store<u32>(into, key)
    into += 4
    increment(room + ((<usize>key & (digits - 1)) << 2))
    increment(room + (((<usize>(key >> digitBits) & (digits - 1)) + digits) << 2))
    increment(room + ((<usize>(key >> (2 * digitBits)) + 2 * digits) << 2))
  }
  return (into - keys) >> 2
}

function increment(at: usize): void {
  store<u32>(at, load<u32>(at) + 1)
}

/** Makes of how often digits occur where the first of each goes; false when all are alike. */
function placeDigits(table: usize, keyCount: usize): bool {
  let sum: u32 = 0
  for (let at = table; at < table + (digits << 2); at += 4) {
    const own = load<u32>(at)
    if (<usize>own == keyCount) return false
    store<u32>(at, sum)
    sum += own
  }
  return true
}

/** Wherever the keys are: a run is written where all before its end have been read. */
function countRuns(keys: usize, end: usize, distinct: usize, counts: usize): i32 {
  let runs: i32 = 0
  let last: f32 = NaN
  let length: u32 = 0
  for (let at: usize = 0; at < end; at += 4) {
    const key = load<i32>(keys + at)
    const value = reinterpret<f32>(key < 0 ? key & i32.MAX_VALUE : ~key)
    if (value == last) {
      length++
      continue
    }
    if (runs > 0) store<u32>(counts + ((<usize>runs - 1) << 2), length)
    store<f32>(distinct + ((<usize>runs) << 2), value)
    last = value
    length = 1
    runs++
  }
  if (runs > 0) store<u32>(counts + ((<usize>runs - 1) << 2), length)
  return runs
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
