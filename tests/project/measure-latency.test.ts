import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Matrix } from '../../src/core/matrix.ts'
import type { Predictor } from '../../src/core/predictor.ts'
import { measureLatency } from '../../src/project/promote/measure-latency.ts'

test('the latency is the median of single predictions, whatever the slow ones take', () => {
  let now = 0
  let calls = 0
  const seen = new Set<number>()
  const predictor: Predictor = {
    name: 'm',
    inputs: { a: { type: 'number' }, b: { type: 'number' } },
    example: { a: 1, b: 2 },
    digest: 'aa',
    output: { kind: 'probability' },
    predict: (row) => {
      assert.deepEqual([row.rows, row.columns, row.values.length], [1, 2, 2])
      seen.add(row.values[0]!)
      assert.deepEqual(row.doubles?.get(1), [row.values[0]! / 10])
      calls += 1
      // In milliseconds: three in ten calls are held up by something else.
      now += calls % 10 < 3 ? 9 : 0.02
      return Float32Array.of(0.5)
    },
  }
  const doubles = new Map([[1, [0.1, 0.2, 0.3]]])
  const rows: Matrix = { rows: 3, columns: 2, values: Float32Array.of(1, 0, 2, 0, 3, 0), doubles }
  const latency = measureLatency(predictor, rows, () => now)
  assert.ok(Math.abs(latency - 20) < 1e-6, `${latency}`)
  assert.deepEqual([...seen], [1, 2, 3])
})
