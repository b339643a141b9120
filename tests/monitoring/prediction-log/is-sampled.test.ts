import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  formatFloat,
  longestFloat,
  writeFloat,
} from '../../../src/monitoring/prediction-log/format-float.ts'
import { isSampled } from '../../../src/monitoring/prediction-log/is-sampled.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { scored } from './scored.ts'
import { idsOf, read, write } from './use-log.ts'

describe('sampling', () => {
  test('what a share keeps, a larger share keeps too; none keeps nothing, one everything', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.string(), share, share, (id, a, b) => {
        assert.ok(!isSampled(id, Math.min(a, b)) || isSampled(id, Math.max(a, b)))
        assert.deepEqual([isSampled(id, 0), isSampled(id, 1)], [false, true])
      }),
    )
  })

  test('of ids that differ in a counter, about the share is kept', () => {
    for (const share of [0.01, 0.1, 0.5]) {
      const kept = Array.from({ length: 100_000 }, (_, i) => `request-${i}`).filter((id) =>
        isSampled(id, share),
      ).length
      // Six standard deviations of a binomial count.
      const bound = 6 * Math.sqrt(100_000 * share * (1 - share))
      assert.ok(Math.abs(kept - 100_000 * share) < bound, `${kept} of ${share}`)
    }
  })

  test('a request is kept with all its rows or with none', async () => {
    const root = makeScratchFolder()
    const ids = Array.from({ length: 40 }, (_, i) => `r${i}`)
    await write(
      root,
      (log) =>
        ids.forEach((id) =>
          log.observe(
            scored(id, [
              [1, 2],
              [3, 4],
            ]),
          ),
        ),
      { sampleShare: 0.3 },
    )
    const expected = ids.flatMap((id) => (isSampled(id, 0.3) ? [`${id}.0`, `${id}.1`] : []))
    assert.ok(expected.length > 0)
    assert.deepEqual(idsOf(await read(root)), expected.toSorted())
  })
})

describe('numbers of a line', () => {
  test('every float is JSON, and the same float again', () => {
    const float = fc.oneof(
      fc.float(),
      fc.integer().map(Math.fround),
      fc.constantFrom(2 ** -149, 2 ** 127, 0.1, 16777216),
    )
    fc.assert(
      fc.property(float, (value) => {
        const number: unknown = JSON.parse(formatFloat(Math.fround(value)))
        if (!Number.isFinite(value)) assert.equal(number, null)
        else assert.equal(Math.fround(Number(number)), Math.fround(value) + 0)
      }),
      { numRuns: 2000 },
    )
  })

  test('it is the shortest of six digits or more that is the same float', () => {
    const float = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: -2e6, max: 2e6 }).map((n) => Math.fround(n / 1000)),
    )
    fc.assert(
      fc.property(float, (value) => {
        const texts = [6, 7, 8, 9].map((digits) => String(Number(value.toPrecision(digits)) + 0))
        assert.equal(
          formatFloat(value),
          texts.find((text) => Math.fround(Number(text)) === value),
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('byte by byte it is the same text, wherever it stands, and never longer than was said', () => {
    const float = fc.oneof(
      fc.float(),
      fc.integer({ min: -2e6, max: 2e6 }).map((n) => Math.fround(n / 1000)),
      fc.integer({ min: -9999, max: 9999 }).map((n) => Math.fround(n / 1e4)),
      fc.integer().map(Math.fround),
      fc.constantFrom(0, -0, 0.001, 999_999, 1e6, 16_777_216, -3.4028234663852886e38, 2 ** -149),
    )
    fc.assert(
      fc.property(float, fc.nat({ max: 9 }), (value, at) => {
        const bytes = Buffer.alloc(at + longestFloat, '.')
        const end = writeFloat(bytes, at, value)
        assert.equal(bytes.toString('latin1', 0, end), '.'.repeat(at) + formatFloat(value))
        assert.ok(end - at <= longestFloat)
      }),
      { numRuns: 5000 },
    )
  })

  test('a number of few digits is written as it was sent', () => {
    for (const text of ['12.1', '0.1', '1e-7', '123456.7', '3.4e+38', '1000000', '250000']) {
      assert.equal(formatFloat(Math.fround(Number(text))), String(Number(text)))
    }
  })
})
