import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatMetric } from '../../src/core/format-number.ts'

test('a metric has four digits behind the point, but where it would read as nothing or as a row of digits', () => {
  const texts = {
    '0.7774': 0.77741,
    '0.0000': 0,
    '0.0001': 0.00005,
    '4.321e-8': 4.3214e-8,
    '−∞': -Infinity,
    '-0.0012': -0.00123,
    '123456.7891': 123_456.78912,
    '1.235e9': 1_234_567_890.12,
    '12,345,679': 12_345_678.9,
    NaN: NaN,
  }
  for (const [text, metric] of Object.entries(texts)) assert.equal(formatMetric(metric), text)
  assert.equal(formatMetric(0.123456, 5), '0.12346')
})

test('what is read back of a metric is near it, and not 0 but for 0', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e300, max: 1e300, noNaN: true }), (metric) => {
      const read = Number(formatMetric(metric).replaceAll(',', ''))
      assert.equal(read === 0, metric === 0)
      assert.ok(Math.abs(read - metric) <= Math.max(5.1e-5, Math.abs(metric) * 6e-4))
    }),
  )
})
