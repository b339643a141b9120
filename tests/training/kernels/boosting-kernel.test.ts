import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import {
  type BoostingKernel,
  cellBytes,
  featureWords,
  leafBytes,
  noNames,
  noNamesFalling,
  noNamesRising,
  scratchBytes,
  searchFields,
  searchLength,
  searchRoomBytes,
  thresholdRoom,
} from '../../../src/training/kernels/boosting-kernel.ts'
import { createBoostingKernel } from '../../../src/training/kernels/create-boosting-kernel.ts'

const rows = 200
/** Eight, four and one: `fill` takes as many at once. */
const columns = 13
const bins = 7
const at = {
  order: 1024,
  spare: 2048,
  byRow: 4096,
  derivatives: 8192,
  features: 12_288,
  goesLeft: 13_312,
  search: 14_336,
  scratch: 61_440,
  first: 16_384,
  second: 24_576,
  numbers: 32_768,
  room: 45_056,
  chosen: 54_272,
}
/** The last of a feature is the missing value's. */
const cells = columns * bins
const scale = { gradientStep: 2 ** -10, hessianStep: 2 ** -9, countBits: 9 }

type Law = (kernel: BoostingKernel, buffer: ArrayBufferLike) => number | void

/** The rest are the scan's own. */
const namedFields = Object.keys(searchFields).length

describe('the compiled kernel does what the plain one does, bit for bit', () => {
  const count = fc.nat(rows)
  const feature = fc
    .tuple(fc.nat(cells - 2), fc.integer({ min: 1, max: cells }), fc.integer({ min: -1, max: 80 }))
    .map(([first, most, names]): TestFeature => {
      const known = Math.min(most, cells - 1 - first)
      const ofNumber = [noNames, noNamesRising, noNamesFalling][known % 3]!
      return [first, known, names === -1 || first % 3 === 0 ? ofNumber : Math.min(names, known)]
    })
  const exponent = fc.integer({ min: -900, max: 900 })
  const laws: Record<string, fc.Arbitrary<Law>> = {
    logistic: fc.tuple(count, fc.boolean()).map(([n, isWeighed]) => (kernel) => {
      const [scores, targets] = [at.numbers, at.numbers + 8 * rows]
      const from = [scores, targets, isWeighed ? targets + 8 * rows : 0] as const
      kernel.logistic(...from, n, at.derivatives, 2 ** -30, 2 ** -28, 9)
    }),
    quantize: fc
      .tuple(count, exponent, fc.integer({ min: 1, max: 24 }))
      .map(([n, power, countBits]) => (kernel, buffer) => {
        const step = 2 ** power
        const numbers = new Float64Array(buffer, at.numbers, 2 * n)
        for (let i = 0; i < numbers.length; i++) numbers[i]! *= step
        kernel.quantize(at.numbers, n, step * 2 ** -40, step * 2 ** (countBits - 38), countBits)
      }),
    fill: fc.tuple(count, fc.integer({ min: 1, max: columns })).map(([n, used]) => (kernel) => {
      const { order, byRow, derivatives, features, first, scratch } = at
      kernel.fill(order, n, byRow, columns, derivatives, features, used, first, scratch)
    }),
    list: count.map((n) => (kernel) => kernel.list(at.order, n)),
    clear: fc.nat(cells).map((n) => (kernel) => kernel.clear(at.first, n)),
    add: fc.nat(cells).map((n) => (kernel) => kernel.add(at.first, at.second, n)),
    subtract: fc.nat(cells).map((n) => (kernel) => kernel.subtract(at.first, at.second, n)),
    read: fc.nat(cells).map((n) => (kernel) => {
      kernel.read(at.first, n, at.search, at.numbers)
    }),
    part: fc.tuple(count, fc.nat(columns - 1)).map(
      ([n, column]) =>
        (kernel) =>
          kernel.part(at.order, n, at.byRow + column * rows, at.goesLeft, at.spare),
    ),
    bin: fc.tuple(count, fc.nat(254)).map(([n, thresholds]) => (kernel) => {
      kernel.bin(at.first + 1024, n, at.first, thresholds + 1, at.second)
    }),
    search: fc.array(feature, { minLength: 1, maxLength: 4 }).map(searchFeatures),
  }
  for (const [name, law] of Object.entries(laws)) {
    test(name, () => {
      fc.assert(
        fc.property(law, fc.integer(), fc.boolean(), (run, seed, isShrunk) => {
          const [plain, compiled] = [true, false].map((isPlain) => {
            const { kernel, buffer } = createBoostingKernel(65_536, { isPlain })
            fillMemory(buffer, seed, isShrunk)
            if (name === 'bin') fillColumn(buffer, seed)
            if (name === 'logistic') fillScores(buffer, seed)
            const answer = run(kernel, buffer)
            // Scratch is not a result.
            new Uint8Array(buffer, at.scratch, scratchBytes).fill(0)
            new Uint8Array(buffer, at.spare, 4 * rows).fill(0)
            if (name === 'search') new Uint8Array(buffer, at.room, searchRoomBytes).fill(0)
            new Float64Array(buffer, at.search + 8 * namedFields, searchLength - namedFields).fill(
              0,
            )
            return { answer, bytes: Buffer.from(new Uint8Array(buffer).slice(0, 65_536)) }
          })
          assert.equal(compiled!.answer, plain!.answer)
          assert.ok(compiled!.bytes.equals(plain!.bytes))
        }),
      )
    })
  }

  test('count tells values apart and sorts them as a comparison does, to the bit, few and many', () => {
    const special = [0, -0, 1e-45, -1e-45, 3.4e38, -3.4e38, 1, 1 + 2 ** -23, NaN, NaN]
    const length = fc.constantFrom(0, 1, 10, 3000)
    const kinds = fc.constantFrom(1, 4, 10, 1000)
    fc.assert(
      fc.property(fc.integer(), length, kinds, (seed, rowCount, kindCount) => {
        const random = createRandom(seed)
        const draw = (): number => (random.next() - 0.5) * 10 ** random.nextInteger(9)
        const start = random.nextInteger(special.length)
        const choices = [...special.slice(start), ...Array.from({ length: kindCount }, draw)]
        const values = Float32Array.from(
          { length: rowCount },
          () => choices[random.nextInteger(kindCount)]!,
        )
        const [plain, compiled] = [true, false].map((isPlain) => countValues(values, isPlain))
        assert.deepEqual(compiled, plain)
        const known = values.filter((value) => !Number.isNaN(value)).sort()
        const expected = known.filter((value, i) => i === 0 || value !== known[i - 1])
        assert.deepEqual(plain!.distinct, expected)
        assert.equal(
          plain!.counts.reduce((a, b) => a + b, 0),
          known.length,
        )
      }),
    )
  })

  test('addLeaves adds to each row the value of its leaf, few and many rows and leaves', () => {
    const size = fc.constantFrom(1, 100, 4096, 4097, 9000)
    fc.assert(
      fc.property(
        size,
        fc.integer({ min: 1, max: 150 }),
        fc.integer(),
        (rowCount, leaves, seed) => {
          const random = createRandom(seed)
          const leafOf = Int32Array.from({ length: rowCount }, () => random.nextInteger(leaves))
          const expected = Float64Array.from(leafOf, (leaf, row) => row + (leaf + 0.5))
          for (const isPlain of [true, false]) {
            assert.deepEqual(addLeafNumbers(leafOf, leaves, isPlain), expected)
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  test('search finds splits of numbers and categories in these memories, with missing values on either side, and none in some', () => {
    const [number, each, sorted] = [noNames, 3, 60].map((names) =>
      Array.from({ length: 40 }, (_, seed) => {
        const { kernel, buffer } = createBoostingKernel(65_536)
        fillMemory(buffer, seed, false)
        const search = new Float64Array(buffer, at.search, searchLength)
        search[searchFields.maxOneHotCategories] = 5
        const known = names === noNames ? cells - 1 : names
        if (searchFeatures([[0, known, names]])(kernel, buffer) === -1) return 'none'
        if (names === noNames) return search[searchFields.cut]! % 2
        return new Uint8Array(buffer, at.chosen, 256).reduce((sum, flag) => sum + flag) === 1
      }),
    )
    assert.deepEqual(new Set(number), new Set([0, 1, 'none']))
    assert.deepEqual(new Set(each), new Set([true, 'none']))
    assert.deepEqual(new Set(sorted), new Set([false, 'none']))
  })
})

type TestFeature = readonly [firstCell: number, bins: number, names: number]

/** Describes features and searches them. */
function searchFeatures(
  features: readonly TestFeature[],
): (kernel: BoostingKernel, buffer: ArrayBufferLike) => number {
  return (kernel, buffer) => {
    const table = new Uint32Array(buffer, at.features, featureWords * features.length)
    for (const [k, [firstCell, known, names]] of features.entries()) {
      table.set([k, firstCell * cellBytes, known, names], featureWords * k)
    }
    const { first, search, room, chosen } = at
    return kernel.search(first, at.features, features.length, search, room, chosen)
  }
}

function countValues(
  values: Float32Array,
  isPlain: boolean,
): { distinct: Float32Array; counts: Int32Array } {
  const [distinctAt, countsAt, roomAt, valuesAt] = [16_384, 32_768, 49_152, 98_304] as const
  const { kernel, buffer } = createBoostingKernel(2 ** 17, { isPlain })
  new Float32Array(buffer, valuesAt, values.length).set(values)
  const count = kernel.count(valuesAt, values.length, distinctAt, countsAt, roomAt)
  return {
    distinct: new Float32Array(buffer, distinctAt, count).slice(),
    counts: new Int32Array(buffer, countsAt, count).slice(),
  }
}

/** The number of each row, and to it what its leaf adds: the leaf's number and a half. */
function addLeafNumbers(leafOf: Int32Array, leaves: number, isPlain: boolean): Float64Array {
  const { length } = leafOf
  const [table, order] = [1024, 1024 + leafBytes * leaves]
  const scoresAt = Math.ceil((order + 4 * length) / 8) * 8
  const { kernel, buffer } = createBoostingKernel(scoresAt + 8 * length, { isPlain })
  const scores = new Float64Array(buffer, scoresAt, length)
  for (let row = 0; row < length; row++) scores[row] = row
  const rowsOf = Array.from({ length: leaves }, (): number[] => [])
  for (const [row, leaf] of leafOf.entries()) rowsOf[leaf]!.push(row)
  let end = order
  for (const [leaf, own] of rowsOf.entries()) {
    new Int32Array(buffer, end, own.length).set(own)
    new Uint32Array(buffer, table + leafBytes * leaf, 2).set([end, end + 4 * own.length])
    new Float64Array(buffer, table + leafBytes * leaf + 8, 1)[0] = leaf + 0.5
    end += 4 * own.length
  }
  kernel.addLeaves(scoresAt, table, leaves, length)
  return scores.slice()
}

/** Rows in a drawn order, bins, derivatives on a grid, two histograms and a search over the first. */
function fillMemory(buffer: ArrayBufferLike, seed: number, isShrunk: boolean): void {
  const random = createRandom(seed)
  const whole = (bound: number): number => random.nextInteger(bound)
  const order = new Int32Array(buffer, at.order, rows)
  for (let i = 0; i < rows; i++) order[i] = i
  order.sort(() => random.next() - 0.5)
  const byRow = new Uint8Array(buffer, at.byRow, rows * columns)
  for (let i = 0; i < byRow.length; i++) byRow[i] = whole(bins)
  const derivatives = new Int32Array(buffer, at.derivatives, 4 * rows)
  for (let i = 0; i < derivatives.length; i += 2) {
    derivatives.set([whole(2 ** 30) * 4, whole(2000) - (i % 4 === 0 ? 1000 : 0)], i)
  }
  const table = columnsTable()
  new Uint32Array(buffer, at.features, table.length).set(table)
  new Uint8Array(buffer, at.goesLeft, 256).set(Array.from({ length: 256 }, () => whole(2)))
  const sums = [at.first, at.second].map((address) => fillHistogram(buffer, address, whole))[0]!
  fillSearch(buffer, sums, { isShrunk, whole })
  const numbers = new Float64Array(buffer, at.numbers, 2 * rows)
  for (let i = 0; i < numbers.length; i++) {
    numbers[i] = random.next() * 2 - (i % 2 === 0 ? 1 : 0)
    // Halves of a step, of which the even integer is the nearest.
    if (i % 5 === 0) numbers[i] = (whole(200) + 0.5) * 2 ** -40
  }
}

type DrawWhole = (bound: number) => number

/** Returns the sums of all cells. */
function fillHistogram(
  buffer: ArrayBufferLike,
  address: number,
  whole: DrawWhole,
): readonly [gradient: number, hessian: number, rows: number] {
  const words = new Int32Array(buffer, address, 4 * cells)
  const sums: [number, number, number] = [0, 0, 0]
  for (let cell = 0; cell < cells; cell++) {
    const count = whole(3) * whole(9)
    const [gradient, hessian] = [(whole(64) - 32) * count, whole(8) * count]
    const rest = hessian * 2 ** scale.countBits + count
    words.set([gradient, gradient < 0 ? -1 : 0, rest, 0], 4 * cell)
    sums[0] += gradient * scale.gradientStep
    sums[1] += hessian * scale.hessianStep
    sums[2] += count
  }
  return sums
}

function fillSearch(
  buffer: ArrayBufferLike,
  sums: readonly [gradient: number, hessian: number, rows: number],
  { isShrunk, whole }: { readonly isShrunk: boolean; readonly whole: DrawWhole },
): void {
  const search = new Float64Array(buffer, at.search, searchLength)
  const floor = sums[0] ** 2 / sums[1] + whole(2000) * 2 ** -11
  search.set([...sums, isShrunk ? 30 * scale.gradientStep : 0, whole(3), whole(40), 1e-3, floor])
  const { gradientStep, hessianStep, countBits } = scale
  search.set([gradientStep, hessianStep, countBits], searchFields.gradientStep)
  const categoryRules = [whole(3) * 10, whole(2) * 10, whole(12), 1 + whole(20), whole(8)]
  search.set(categoryRules, searchFields.categorySmoothing)
  const least = [-Infinity, -2, -0.25, 0, 0.5][whole(5)]!
  search.set([whole(2), least, [Infinity, least, 0.75, 3][whole(4)]!], searchFields.isLimited)
}

/** Scores near and far from 0, then targets, then weights. */
function fillScores(buffer: ArrayBufferLike, seed: number): void {
  const random = createRandom(seed)
  const numbers = new Float64Array(buffer, at.numbers, 3 * rows)
  const sizes = [1, 40, 720, 800, 1e-9, 0]
  for (let row = 0; row < rows; row++) {
    numbers[row] = (random.next() * 2 - 1) * sizes[random.nextInteger(sizes.length)]!
    numbers[rows + row] = random.nextInteger(2)
    numbers[2 * rows + row] = random.next() * 3
  }
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
  return Array.from({ length: columns }, (_, column) => [
    column,
    column * bins * cellBytes,
    bins - 1,
    noNames,
  ]).flat()
}
