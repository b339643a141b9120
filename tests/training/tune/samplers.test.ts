import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom, type Random } from '../../../src/core/random.ts'
import {
  decodePosition,
  encodePosition,
  type Dimension,
  type Interval,
} from '../../../src/training/tune/dimension.ts'
import { drawPosition, fitParzen, logDensity } from '../../../src/training/tune/parzen-estimator.ts'
import { proposeValues, type PastTrial } from '../../../src/training/tune/propose-values.ts'
import {
  drawValues,
  parseValues,
  type SearchSpace,
  type TrialValues,
} from '../../../src/training/tune/search-space.ts'
import { assertClose } from '../../assert-close.ts'

describe('intervals', () => {
  test('every position gives a value within, whole where whole numbers are asked', () => {
    fc.assert(
      fc.property(interval, fc.double({ min: 0, max: 1, noNaN: true }), (dimension, position) => {
        const value = decodePosition(dimension, position)
        assert.ok(value >= dimension.min && value <= dimension.max)
        if (/integer/.test(dimension.kind)) assert.ok(Number.isInteger(value))
      }),
    )
  })

  test('the position of a whole number leads back to it', () => {
    fc.assert(
      fc.property(interval, fc.nat(1000), (dimension, offset) => {
        if (!/integer/.test(dimension.kind)) return
        const value = Math.min(dimension.max, dimension.min + offset)
        assert.equal(decodePosition(dimension, encodePosition(dimension, value)), value)
      }),
    )
  })

  test('a greater position never gives a smaller value', () => {
    const position = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(interval, position, position, (dimension, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        assert.ok(decodePosition(dimension, low) <= decodePosition(dimension, high))
      }),
    )
  })

  test('the middle of a log interval is the geometric mean', () => {
    // √(0.01 · 1) = 0.1
    assert.equal(decodePosition({ kind: 'log_uniform', min: 0.01, max: 1 }, 0.5), 0.1)
    assert.equal(decodePosition({ kind: 'uniform', min: 0.01, max: 1 }, 0.5), 0.505)
  })

  test('whole numbers from 0 to 2 have a third of the way each', () => {
    const dimension = { kind: 'integer', min: 0, max: 2 } as const
    assert.deepEqual(
      [0, 0.33, 0.34, 0.66, 0.67, 1].map((position) => decodePosition(dimension, position)),
      [0, 0, 1, 1, 2, 2],
    )
  })

  test('numbers have four digits, more where the ends share some', () => {
    const value = (min: number, max: number): number =>
      decodePosition({ kind: 'uniform', min, max }, 1 / 3)
    assert.equal(value(0, 1), 0.3333)
    // Width 3e-4 below 1: four digits more.
    assert.equal(value(0.9996, 0.9999), 0.9997)
    assert.equal(value(1000, 1000.1), 1000.0333)
  })
})

test('an interval as wide as numbers go, or as narrow, has positions like any other', () => {
  assert.equal(encodePosition({ kind: 'uniform', min: -0, max: 0 }, 0), 0.5)
  for (const [min, max] of [
    [-Number.MAX_VALUE, Number.MAX_VALUE],
    [0, Number.MIN_VALUE],
    [-1e308, 1.5e308],
  ] as const) {
    const dimension: Interval = { kind: 'uniform', min, max }
    assert.deepEqual(
      [min, max].map((value) => encodePosition(dimension, value)),
      [0, 1],
    )
    for (const position of [0, 0.25, 0.5, 1]) {
      const value = decodePosition(dimension, position)
      assert.ok(value >= min && value <= max, `${value}`)
    }
    const past: PastTrial[] = [0, 1, 2, 3].map((n) => ({
      values: { a: n % 2 ? min : max },
      loss: n,
    }))
    const { a } = proposeValues({ a: dimension }, past, createRandom(1))
    assert.ok(Number(a) >= min && Number(a) <= max)
  }
})

describe('the Parzen estimator', () => {
  const positions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 })

  test('is a density: it is above 0 everywhere and its integral is 1', () => {
    fc.assert(
      fc.property(positions, (seen) => {
        const estimator = fitParzen(seen)
        const steps = 2000
        let sum = 0
        for (let i = 0; i < steps; i++) {
          const density = Math.exp(logDensity(estimator, (i + 0.5) / steps))
          assert.ok(density > 0)
          sum += density / steps
        }
        assertClose(sum, 1, 1e-3)
      }),
      { numRuns: 20 },
    )
  })

  test('draws what it says: a share below the middle as its integral', () => {
    const estimator = fitParzen([0.1, 0.15, 0.2])
    let below = 0
    for (let i = 0; i < 1000; i++) below += Math.exp(logDensity(estimator, (i + 0.5) / 2000)) / 2000
    const random = createRandom(5)
    const drawn = Array.from({ length: 20_000 }, () => drawPosition(estimator, random))
    const share = drawn.filter((position) => position < 0.5).length / drawn.length
    // Four standard errors of a share near 0.75.
    assert.ok(Math.abs(share - below) < 0.0125, `${share} against ${below}`)
  })
})

describe('drawing and proposing', () => {
  test('values are of the space, and read back from their texts', () => {
    fc.assert(
      fc.property(
        space,
        fc.nat(),
        fc.array(fc.double({ noNaN: true })),
        (anySpace, seed, losses) => {
          const past = losses.map((loss, n) => ({ values: draw(anySpace, n), loss }))
          for (const values of [
            draw(anySpace, seed),
            proposeValues(anySpace, past, createRandom(seed)),
          ]) {
            const texts = Object.entries(values).map(([name, value]) => [name, String(value)])
            assert.deepEqual(parseValues(anySpace, Object.fromEntries(texts)), values)
          }
        },
      ),
    )
  })

  test('the same seed draws and proposes the same', () => {
    fc.assert(
      fc.property(space, fc.nat(), (anySpace, seed) => {
        const past = [{ values: draw(anySpace, 1), loss: 1 }]
        assert.deepEqual(draw(anySpace, seed), draw(anySpace, seed))
        assert.deepEqual(
          proposeValues(anySpace, past, createRandom(seed)),
          proposeValues(anySpace, past, createRandom(seed)),
        )
      }),
    )
  })

  test('another parameter in the space leaves the draws of the others as they were', () => {
    const few: SearchSpace = { a: { kind: 'uniform', min: 0, max: 1 } }
    const more: SearchSpace = { b: { kind: 'integer', min: 1, max: 9 }, ...few }
    assert.equal(draw(more, 4)['a'], draw(few, 4)['a'])
  })

  test('trials that failed are never proposed for: with none that did not, values are drawn', () => {
    const past = [0, 1, 2].map((n) => ({ values: draw(mixed, n), loss: Infinity }))
    assert.deepEqual(proposeValues(mixed, past, createRandom(9)), draw(mixed, 9))
  })

  test('what worked is proposed more often than what did not', () => {
    const anySpace: SearchSpace = { kind: { kind: 'choice', options: ['good', 'bad'] } }
    const past = Array.from({ length: 20 }, (_, n) => ({
      values: { kind: n < 10 ? 'good' : 'bad' },
      loss: n < 10 ? 0 : 1,
    }))
    const proposed = Array.from({ length: 50 }, (_, seed) =>
      proposeValues(anySpace, past, createRandom(seed)),
    )
    assert.ok(proposed.every(({ kind }) => kind === 'good'))
  })

  test('texts that are not of the space are no values', () => {
    const anySpace: SearchSpace = {
      a: { kind: 'integer', min: 1, max: 3 },
      b: { kind: 'choice', options: ['x', true] },
    }
    assert.deepEqual(parseValues(anySpace, { a: '2', b: 'true' }), { a: 2, b: true })
    for (const texts of [{ a: '2' }, { a: '4', b: 'x' }, { a: 'x', b: 'x' }, { a: '2', b: 'y' }]) {
      assert.equal(parseValues(anySpace, texts), undefined)
    }
    const fromNought: SearchSpace = { a: { kind: 'integer', min: 0, max: 3 } }
    for (const a of ['1.5', '', ' ', 'NaN']) assert.equal(parseValues(fromNought, { a }), undefined)
  })
})

test('of a mixed function of six parameters TPE finds less than half of what random search leaves', () => {
  const search = (propose: (past: readonly PastTrial[], random: Random) => TrialValues) =>
    medianOf(100, (seed) => {
      const past: PastTrial[] = []
      for (let trial = 0; trial < 60; trial++) {
        const values = propose(past, createRandom(seed).fork(`trial ${trial}`))
        past.push({ values, loss: mixedLoss(values) })
      }
      return Math.min(...past.map(({ loss }) => loss))
    })
  const atRandom = search((_, random) => drawValues(mixed, random))
  const byTpe = search((past, random) =>
    past.length < 10 ? drawValues(mixed, random) : proposeValues(mixed, past, random),
  )
  assert.ok(byTpe < atRandom / 2, `TPE ${byTpe}, random ${atRandom}`)
})

const mixed: SearchSpace = {
  a: { kind: 'uniform', min: 0, max: 1 },
  b: { kind: 'uniform', min: 0, max: 1 },
  c: { kind: 'uniform', min: 0, max: 1 },
  d: { kind: 'uniform', min: 0, max: 1 },
  e: { kind: 'choice', options: [0.4, 0, 0.3, 0.6] },
  f: { kind: 'choice', options: [0.1, 0.2, 0] },
}

function mixedLoss(values: TrialValues): number {
  const [a, b, c, d, e, f] = Object.values(values).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return (a - 0.3) ** 2 * 4 + (b - 0.75) ** 2 * 4 + Math.abs(c - 0.1) + 0.3 * (d - 0.6) ** 2 + e + f
}

function medianOf(count: number, run: (seed: number) => number): number {
  const results = Array.from({ length: count }, (_, seed) => run(seed))
  return results.sort((a, b) => a - b)[count / 2]!
}

function draw(anySpace: SearchSpace, seed: number): TrialValues {
  return drawValues(anySpace, createRandom(seed))
}

const ends = (min: number, max: number): fc.Arbitrary<readonly [number, number]> =>
  fc
    .uniqueArray(fc.double({ min, max, noNaN: true }), { minLength: 2, maxLength: 2 })
    .map(([a, b]) => [Math.min(a!, b!), Math.max(a!, b!)] as const)
const wholeEnds = (min: number, max: number): fc.Arbitrary<readonly [number, number]> =>
  fc
    .uniqueArray(fc.integer({ min, max }), { minLength: 2, maxLength: 2 })
    .map(([a, b]) => [Math.min(a!, b!), Math.max(a!, b!)] as const)
const interval: fc.Arbitrary<Interval> = fc.oneof(
  ends(-1e6, 1e6).map(([min, max]) => ({ kind: 'uniform', min, max }) as const),
  ends(1e-6, 1e6).map(([min, max]) => ({ kind: 'log_uniform', min, max }) as const),
  wholeEnds(-1000, 1000).map(([min, max]) => ({ kind: 'integer', min, max }) as const),
  wholeEnds(1, 5000).map(([min, max]) => ({ kind: 'log_integer', min, max }) as const),
)
const choice = fc
  .uniqueArray(fc.oneof(fc.integer(), fc.constantFrom('a', 'b'), fc.boolean()), { minLength: 1 })
  .map((options): Dimension => ({ kind: 'choice', options }))
const space: fc.Arbitrary<SearchSpace> = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.oneof(interval, choice),
  { minKeys: 1 },
)
