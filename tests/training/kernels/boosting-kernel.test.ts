import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import {
  type BoostingKernel,
  scratchBytes,
  searchFields,
  searchLength,
  thresholdRoom,
} from '../../../src/training/kernels/boosting-kernel.ts'
import { createBoostingKernel } from '../../../src/training/kernels/create-boosting-kernel.ts'

const rows = 200
const columns = 5
const bins = 7
const at = {
  order: 1024,
  spare: 2048,
  byRow: 4096,
  derivatives: 8192,
  features: 12_288,
  goesLeft: 13_312,
  search: 14_336,
  scratch: 15_360,
  first: 16_384,
  firstRows: 24_576,
  second: 32_768,
  secondRows: 40_960,
}
const cells = columns * bins

describe('the compiled kernel does what the plain one does, bit for bit', () => {
  const count = fc.nat(rows)
  const laws: Record<string, fc.Arbitrary<(kernel: BoostingKernel) => number | void>> = {
    fill: fc.tuple(count, fc.integer({ min: 1, max: columns })).map(([n, used]) => (kernel) => {
      const { order, byRow, derivatives, features, first, firstRows, scratch } = at
      const target = [used, first, firstRows, scratch] as const
      kernel.fill(order, n, byRow, columns, derivatives, features, ...target)
    }),
    'fill, without counting': count.map((n) => (kernel) => {
      const { order, byRow, derivatives, features, first, scratch } = at
      kernel.fill(order, n, byRow, columns, derivatives, features, columns, first, 0, scratch)
    }),
    subtract: fc.nat(cells).map((n) => (kernel) => {
      kernel.subtract(at.first, at.second, at.firstRows, at.secondRows, n)
    }),
    part: fc.tuple(count, fc.nat(columns - 1)).map(
      ([n, column]) =>
        (kernel) =>
          kernel.part(at.order, n, at.byRow + column * rows, at.goesLeft, at.spare),
    ),
    bin: fc.tuple(count, fc.nat(254)).map(([n, thresholds]) => (kernel) => {
      kernel.bin(at.first + 1024, n, at.first, thresholds + 1, at.second)
    }),
    scan: fc.nat(cells).map((n) => (kernel) => kernel.scan(at.first, at.firstRows, n, at.search)),
  }
  for (const [name, law] of Object.entries(laws)) {
    test(name, () => {
      fc.assert(
        fc.property(law, fc.integer(), fc.boolean(), (run, seed, isShrunk) => {
          const [plain, compiled] = [true, false].map((isPlain) => {
            const { kernel, buffer } = createBoostingKernel(65_536, { isPlain })
            fillMemory(buffer, seed, isShrunk)
            if (name === 'bin') fillColumn(buffer, seed)
            const answer = run(kernel)
            // Scratch is not a result.
            new Uint8Array(buffer, at.scratch, scratchBytes).fill(0)
            new Uint8Array(buffer, at.spare, 4 * rows).fill(0)
            return { answer, bytes: Buffer.from(new Uint8Array(buffer).slice(0, 65_536)) }
          })
          assert.equal(compiled!.answer, plain!.answer)
          assert.ok(compiled!.bytes.equals(plain!.bytes))
        }),
      )
    })
  }

  test('scan finds splits in these memories, and none in some', () => {
    const found = Array.from({ length: 40 }, (_, seed) => {
      const { kernel, buffer } = createBoostingKernel(65_536)
      fillMemory(buffer, seed, false)
      return kernel.scan(at.first, at.firstRows, cells, at.search)
    })
    assert.ok(found.some((bin) => bin > 0) && found.includes(-1))
  })
})

/** Rows in a drawn order, bins, derivatives on a grid, two histograms and a search over the first. */
function fillMemory(buffer: ArrayBufferLike, seed: number, isShrunk: boolean): void {
  const random = createRandom(seed)
  const whole = (bound: number): number => random.nextInteger(bound)
  const order = new Int32Array(buffer, at.order, rows)
  for (let i = 0; i < rows; i++) order[i] = i
  order.sort(() => random.next() - 0.5)
  const byRow = new Uint8Array(buffer, at.byRow, rows * columns)
  for (let i = 0; i < byRow.length; i++) byRow[i] = whole(bins)
  const derivatives = new Float64Array(buffer, at.derivatives, 2 * rows)
  for (let i = 0; i < derivatives.length; i++) derivatives[i] = whole(2000) / 1024 - 1
  const table = columnsTable()
  new Uint32Array(buffer, at.features, table.length).set(table)
  new Uint8Array(buffer, at.goesLeft, 256).set(Array.from({ length: 256 }, () => whole(2)))
  for (const [address, rowsAddress] of [
    [at.first, at.firstRows],
    [at.second, at.secondRows],
  ] as const) {
    const sums = new Float64Array(buffer, address, 2 * cells)
    const counts = new Int32Array(buffer, rowsAddress, cells)
    for (let cell = 0; cell < cells; cell++) {
      counts[cell] = whole(3) * whole(9)
      sums.set([(whole(64) - 32) * counts[cell]!, whole(8) * counts[cell]!], 2 * cell)
    }
  }
  const sums = new Float64Array(buffer, at.first, 2 * cells)
  const counts = new Int32Array(buffer, at.firstRows, cells)
  const totals = [0, 1].map((k) =>
    sums.reduce((sum, value, i) => sum + (i % 2 === k ? value : 0), 0),
  )
  totals.push(counts.reduce((sum, value) => sum + value, 0))
  const search = new Float64Array(buffer, at.search, searchLength)
  search.set([...totals, isShrunk ? 30 : 0, whole(3), whole(40), 1e-3])
  // Sums of missing values that go left, and a score that some splits exceed.
  search.set(
    [totals[0]! ** 2 / totals[1]! + whole(2000), whole(100), whole(50), whole(20)],
    searchFields.floor,
  )
}

/** Thresholds, and values of which some are thresholds, some missing. */
function fillColumn(buffer: ArrayBufferLike, seed: number): void {
  const random = createRandom(seed)
  const draw = (): number => random.nextInteger(400) / 8 - 25
  const count = random.nextInteger(255)
  const thresholds = Float32Array.from({ length: count }, draw).sort()
  const room = new Float32Array(buffer, at.first, thresholdRoom)
  room.fill(Infinity)
  room.set(thresholds)
  const column = new Float32Array(buffer, at.first + 1024, rows)
  for (let row = 0; row < rows; row++) column[row] = random.next() < 0.1 ? NaN : draw()
}

function columnsTable(): number[] {
  return Array.from({ length: columns }, (_, column) => [column, column * bins * 16]).flat()
}
