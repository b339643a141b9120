/**
 * Kernels of the neural network, in AssemblyScript: `npm run build:kernels` compiles them to
 * ../neural-wasm.ts. ../neural-kernel.ts says what each does; ../plain-neural-kernel.ts does the
 * same in JavaScript, bit for bit: every sum has one order, and no multiply-add is fused.
 */

export function pack(
  b: usize,
  rowStride: usize,
  columnStride: usize,
  inner: i32,
  columns: i32,
  into: usize,
): void {
  let o = into
  for (let j: i32 = 0; j < columns; j += 8) {
    let q = b + <usize>j * columnStride
    if (columnStride == 4) {
      for (let k: i32 = 0; k < inner; k++) {
        v128.store(o, v128.load(q))
        v128.store(o, v128.load(q, 16), 16)
        o += 32
        q += rowStride
      }
    } else {
      for (let k: i32 = 0; k < inner; k++) {
        let s = q
        for (let t: usize = 0; t < 32; t += 4) {
          store<f32>(o + t, load<f32>(s))
          s += columnStride
        }
        o += 32
        q += rowStride
      }
    }
  }
}

/** Blocks of 4 × 8 cells: eight accumulators, two loads of b and four broadcasts of a fit the registers. */
export function multiply(
  a: usize,
  rowStride: usize,
  innerStride: usize,
  packed: usize,
  into: usize,
  intoStride: usize,
  rows: i32,
  columns: i32,
  inner: i32,
): void {
  const panel = (<usize>inner) << 5
  for (let i: i32 = 0; i < rows; i += 4) {
    const a0 = a + <usize>i * rowStride
    const a1 = a0 + rowStride
    const a2 = a1 + rowStride
    const a3 = a2 + rowStride
    let c = into + <usize>i * intoStride
    let b = packed
    for (let j: i32 = 0; j < columns; j += 8) {
      let s00 = f32x4.splat(0)
      let s01 = s00
      let s10 = s00
      let s11 = s00
      let s20 = s00
      let s21 = s00
      let s30 = s00
      let s31 = s00
      const end = b + panel
      let o: usize = 0
      while (b < end) {
        const b0 = v128.load(b)
        const b1 = v128.load(b, 16)
        const x0 = v128.load32_splat(a0 + o)
        const x1 = v128.load32_splat(a1 + o)
        const x2 = v128.load32_splat(a2 + o)
        const x3 = v128.load32_splat(a3 + o)
        s00 = f32x4.add(f32x4.mul(x0, b0), s00)
        s01 = f32x4.add(f32x4.mul(x0, b1), s01)
        s10 = f32x4.add(f32x4.mul(x1, b0), s10)
        s11 = f32x4.add(f32x4.mul(x1, b1), s11)
        s20 = f32x4.add(f32x4.mul(x2, b0), s20)
        s21 = f32x4.add(f32x4.mul(x2, b1), s21)
        s30 = f32x4.add(f32x4.mul(x3, b0), s30)
        s31 = f32x4.add(f32x4.mul(x3, b1), s31)
        b += 32
        o += innerStride
      }
      v128.store(c, s00)
      v128.store(c, s01, 16)
      const c1 = c + intoStride
      const c2 = c1 + intoStride
      const c3 = c2 + intoStride
      v128.store(c1, s10)
      v128.store(c1, s11, 16)
      v128.store(c2, s20)
      v128.store(c2, s21, 16)
      v128.store(c3, s30)
      v128.store(c3, s31, 16)
      c += 32
    }
  }
}

export function activate(
  z: usize,
  bias: usize,
  rows: i32,
  columns: i32,
  threshold: u32,
  scale: f32,
  seed: u32,
): void {
  const zero = f32x4.splat(0)
  const factor = f32x4.splat(scale)
  const least = i32x4.splat(threshold)
  let s = i32x4(seed | 1, (seed * 0x9e3779b9) | 1, (seed * 0x85ebca6b) | 1, (seed * 0xc2b2ae35) | 1)
  for (let round: i32 = 0; round < 4; round++) s = draw(s)
  let at = z
  for (let i: i32 = 0; i < rows; i++) {
    for (let j: usize = 0; j < (<usize>columns) << 2; j += 16) {
      let v = f32x4.max(f32x4.add(v128.load(at), v128.load(bias + j)), zero)
      if (threshold) {
        s = draw(s)
        v = f32x4.mul(v128.and(v, i32x4.ge_u(s, least)), factor)
      }
      v128.store(at, v)
      at += 16
    }
  }
}

/** One step of xorshift32 in each lane. */
function draw(s: v128): v128 {
  s = v128.xor(s, i32x4.shl(s, 13))
  s = v128.xor(s, i32x4.shr_u(s, 17))
  return v128.xor(s, i32x4.shl(s, 5))
}

export function deactivate(gradient: usize, activation: usize, count: i32, scale: f32): void {
  const factor = f32x4.splat(scale)
  const zero = f32x4.splat(0)
  for (let i: usize = 0; i < (<usize>count) << 2; i += 16) {
    const scaled = f32x4.mul(v128.load(gradient + i), factor)
    v128.store(gradient + i, v128.and(scaled, f32x4.gt(v128.load(activation + i), zero)))
  }
}

export function sumRows(z: usize, rows: i32, columns: i32, into: usize): void {
  for (let j: usize = 0; j < (<usize>columns) << 2; j += 16) {
    let sum = f32x4.splat(0)
    let at = z + j
    for (let i: i32 = 0; i < rows; i++) {
      sum = f32x4.add(sum, v128.load(at))
      at += (<usize>columns) << 2
    }
    v128.store(into + j, sum)
  }
}

export function step(
  parameters: usize,
  gradients: usize,
  gradientStride: usize,
  shards: i32,
  first: usize,
  second: usize,
  count: i32,
  rate: f32,
  keep: f32,
  beta1: f32,
  beta2: f32,
  secondFactor: f32,
): void {
  const b1 = f32x4.splat(beta1)
  const c1 = f32x4.splat(1 - beta1)
  const b2 = f32x4.splat(beta2)
  const c2 = f32x4.splat(1 - beta2)
  const lr = f32x4.splat(rate)
  const kept = f32x4.splat(keep)
  const epsilon = f32x4.splat(1e-8)
  const correction = f32x4.splat(secondFactor)
  for (let i: usize = 0; i < (<usize>count) << 2; i += 16) {
    let g = v128.load(gradients + i)
    for (let s: i32 = 1; s < shards; s++) {
      g = f32x4.add(g, v128.load(gradients + i + <usize>s * gradientStride))
    }
    const m = f32x4.add(f32x4.mul(b1, v128.load(first + i)), f32x4.mul(c1, g))
    const v = f32x4.add(f32x4.mul(b2, v128.load(second + i)), f32x4.mul(c2, f32x4.mul(g, g)))
    v128.store(first + i, m)
    v128.store(second + i, v)
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(v, correction)), epsilon)
    const p = f32x4.mul(v128.load(parameters + i), kept)
    v128.store(parameters + i, f32x4.sub(p, f32x4.div(f32x4.mul(lr, m), root)))
  }
}
