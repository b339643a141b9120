import type {
  ActivateJob,
  DeactivateJob,
  MultiplyJob,
  NeuralKernel,
  PackJob,
  StepJob,
  SumRowsJob,
} from './neural-kernel.ts'

/**
 * The kernel in JavaScript: the judge of the compiled one, whose cells it gives bit for bit, and
 * what computes where there is no WebAssembly (`node --jitless`), some ten times slower.
 *
 * A float32 sum or product of float32 numbers, computed in float64 and rounded once more, is the
 * one that float32 arithmetic gives; so are quotient and square root [Figueroa 1995].
 */
export function createPlainNeuralKernel(memory: ArrayBufferLike): NeuralKernel {
  const cells = new Float32Array(memory)
  return {
    pack: (...job) => pack(cells, job),
    multiply: (...job) => multiply(cells, job),
    activate: (...job) => activate(cells, job),
    deactivate: (...job) => deactivate(cells, job),
    sumRows: (...job) => sumRows(cells, job),
    step: (...job) => step(cells, job),
  }
}

const { fround } = Math

function pack(cells: Float32Array, job: PackJob): void {
  const [b, rowStride, columnStride, inner, columns, into] = job
  let o = into / 4
  for (let panel = 0; panel < columns; panel += 8) {
    for (let k = 0; k < inner; k++) {
      for (let j = panel; j < panel + 8; j++) {
        cells[o++] = cells[(b + k * rowStride + j * columnStride) / 4]!
      }
    }
  }
}

function multiply(cells: Float32Array, job: MultiplyJob): void {
  const [a, rowStride, innerStride, packed, into, intoStride, rows, columns, inner] = job
  const stride = innerStride / 4
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let x = (a + i * rowStride) / 4
      let y = packed / 4 + (j >> 3) * inner * 8 + (j & 7)
      let sum = 0
      for (let k = 0; k < inner; k++) {
        sum = fround(sum + fround(cells[x]! * cells[y]!))
        x += stride
        y += 8
      }
      cells[(into + i * intoStride) / 4 + j] = sum
    }
  }
}

function activate(cells: Float32Array, job: ActivateJob): void {
  const [z, bias, rows, columns, threshold, scale, seed] = job
  const draw = createLanes(seed)
  const least = threshold >>> 0
  const factor = fround(scale)
  let at = z / 4
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = Math.max(fround(cells[at]! + cells[bias / 4 + j]!), 0)
      if (least === 0) cells[at] = value
      else cells[at] = draw(j & 3) >= least ? fround(value * factor) : 0
      at++
    }
  }
}

/** Four xorshift32 generators, one for each lane of a vector. */
function createLanes(seed: number): (lane: number) => number {
  const lanes = [
    seed | 1,
    Math.imul(seed, 0x9e3779b9) | 1,
    Math.imul(seed, 0x85ebca6b) | 1,
    Math.imul(seed, 0xc2b2ae35) | 1,
  ]
  const draw = (lane: number): number => {
    let s = lanes[lane]!
    s ^= s << 13
    s ^= s >>> 17
    s ^= s << 5
    lanes[lane] = s
    return s >>> 0
  }
  for (let round = 0; round < 4; round++) for (let lane = 0; lane < 4; lane++) draw(lane)
  return draw
}

function deactivate(cells: Float32Array, job: DeactivateJob): void {
  const [gradient, activation, count, scale] = job
  const factor = fround(scale)
  for (let i = 0; i < count; i++) {
    const at = gradient / 4 + i
    cells[at] = cells[activation / 4 + i]! > 0 ? fround(cells[at]! * factor) : 0
  }
}

function sumRows(cells: Float32Array, job: SumRowsJob): void {
  const [z, rows, columns, into] = job
  for (let j = 0; j < columns; j++) {
    let sum = 0
    for (let i = 0; i < rows; i++) sum = fround(sum + cells[z / 4 + i * columns + j]!)
    cells[into / 4 + j] = sum
  }
}

function step(cells: Float32Array, job: StepJob): void {
  const [parameters, gradients, gradientStride, shards, first, second, count, ...factors] = job
  const [rate, keep, beta1, beta2, secondFactor] = factors
  const [lr, kept, b1, b2] = [fround(rate), fround(keep), fround(beta1), fround(beta2)]
  const correction = fround(secondFactor)
  const c1 = fround(1 - b1)
  const c2 = fround(1 - b2)
  const epsilon = fround(1e-8)
  for (let i = 0; i < count; i++) {
    let g = cells[gradients / 4 + i]!
    for (let s = 1; s < shards; s++) {
      g = fround(g + cells[(gradients + s * gradientStride) / 4 + i]!)
    }
    const m = fround(fround(b1 * cells[first / 4 + i]!) + fround(c1 * g))
    const v = fround(fround(b2 * cells[second / 4 + i]!) + fround(c2 * fround(g * g)))
    cells[first / 4 + i] = m
    cells[second / 4 + i] = v
    const root = fround(fround(Math.sqrt(fround(v * correction))) + epsilon)
    const p = fround(cells[parameters / 4 + i]! * kept)
    cells[parameters / 4 + i] = fround(p - fround(fround(lr * m) / root))
  }
}
