import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { createNeuralKernel } from '../../../src/training/kernels/create-neural-kernel.ts'
import type { NeuralKernel } from '../../../src/training/kernels/neural-kernel.ts'

/** Cells of each operand; addresses are multiples of it. */
const room = 4096
const address = (operand: number): number => operand * room * 4

const eights = fc.integer({ min: 1, max: 5 }).map((n) => n * 8)
const fours = fc.integer({ min: 1, max: 6 }).map((n) => n * 4)
const inner = fc.integer({ min: 1, max: 40 })
const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 })

describe('the compiled kernel gives the cells of the plain one, bit for bit', () => {
  const laws: Record<string, fc.Arbitrary<(kernel: NeuralKernel) => void>> = {
    'pack, of rows': fc.tuple(inner, eights).map(([k, n]) => (kernel) => {
      kernel.pack(address(0), n * 4, 4, k, n, address(1))
    }),
    'pack, of columns': fc.tuple(inner, eights).map(([k, n]) => (kernel) => {
      kernel.pack(address(0), 4, k * 4, k, n, address(1))
    }),
    multiply: fc.tuple(fours, eights, inner).map(([m, n, k]) => (kernel) => {
      kernel.multiply(address(0), k * 4, 4, address(1), address(2), n * 4, m, n, k)
    }),
    'multiply, a turned': fc.tuple(fours, eights, inner).map(([m, n, k]) => (kernel) => {
      kernel.multiply(address(0), 4, m * 4, address(1), address(2), n * 4, m, n, k)
    }),
    activate: fc.tuple(fours, eights).map(([m, n]) => (kernel) => {
      kernel.activate(address(0), address(1), m, n, 0, 1, 0)
    }),
    'activate, with dropout': fc
      .tuple(fours, eights, seed, seed)
      .map(([m, n, t, s]) => (kernel) => {
        kernel.activate(address(0), address(1), m, n, t, 1.1, s)
      }),
    deactivate: fc.tuple(fours, eights).map(([m, n]) => (kernel) => {
      kernel.deactivate(address(0), address(1), m * n, 1.25)
    }),
    sumRows: fc.tuple(fours, eights).map(([m, n]) => (kernel) => {
      kernel.sumRows(address(0), m, n, address(1))
    }),
    step: fc.tuple(eights, fc.integer({ min: 1, max: 4 })).map(([n, shards]) => (kernel) => {
      const factors = [0.01, 0.999, 0.9, 0.999, 1.5] as const
      kernel.step(address(0), address(1), 4096, shards, address(3), address(4), n, ...factors)
    }),
  }
  for (const [name, jobs] of Object.entries(laws)) {
    test(name, () => {
      fc.assert(
        fc.property(jobs, seed, (run, draw) => {
          assert.deepEqual(cellsAfter(run, draw, false), cellsAfter(run, draw, true))
        }),
        { numRuns: 40 },
      )
    })
  }
})

describe('the kernel', () => {
  test('multiplies matrices', () => {
    // [1 2] × [5 …] = [1·5 + 2·7, …], in a block of 4 × 8
    const { cells, kernel } = fresh(false)
    cells.set([1, 2], 0)
    for (const [k, value] of [5, 7].entries()) cells[room + k * 8] = value
    kernel.pack(address(1), 32, 4, 2, 8, address(2))
    kernel.multiply(address(0), 8, 4, address(2), address(3), 32, 4, 8, 2)
    assert.equal(cells[3 * room], 19)
  })

  test('drops as many cells as the threshold says and keeps the mean', () => {
    const { cells, kernel } = fresh(false)
    cells.fill(1, 0, room)
    kernel.activate(address(0), address(1), 512, 8, Math.floor(0.25 * 2 ** 32), 1 / 0.75, 99)
    const after = cells.subarray(0, room)
    const dropped = after.filter((value) => value === 0).length / room
    // The standard deviation of the share is sqrt(0.25 · 0.75 / 4096) = 0.007.
    assert.ok(Math.abs(dropped - 0.25) < 0.03, `dropped ${dropped}`)
    assert.ok(after.every((value) => value === 0 || value === Math.fround(1 / 0.75)))
  })

  test('takes the first step of AdamW as its authors write it', () => {
    // m̂ = g and v̂ = g², so that the step is rate · g / (|g| + ε) = rate; the decay is rate · 0.1
    const { cells, kernel } = fresh(false)
    cells[0] = 2
    cells[room] = -3
    const factors = [0.5 / (1 - 0.9), 1 - 0.5 * 0.1, 0.9, 0.999, 1 / (1 - 0.999)] as const
    kernel.step(address(0), address(1), 0, 1, address(2), address(3), 8, ...factors)
    assert.ok(Math.abs(cells[0] - (2 * 0.95 + 0.5)) < 1e-4, String(cells[0]))
  })
})

function cellsAfter(
  run: (kernel: NeuralKernel) => void,
  draw: number,
  isPlain: boolean,
): Float32Array {
  const { cells, kernel } = fresh(isPlain)
  const random = createRandom(draw)
  for (let i = 0; i < cells.length; i++) {
    cells[i] = random.next() < 0.1 ? 0 : (random.next() - 0.5) * 2 ** (random.nextInteger(24) - 12)
  }
  // Second moments are squares.
  for (let i = 4 * room; i < 5 * room; i++) cells[i] = Math.abs(cells[i]!)
  run(kernel)
  return cells.slice()
}

function fresh(isPlain: boolean): { cells: Float32Array; kernel: NeuralKernel } {
  const { kernel, buffer } = createNeuralKernel(address(5), { isPlain })
  return { kernel, cells: new Float32Array(buffer, 0, 5 * room) }
}
