import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../src/core/random.ts'
import type { Feature } from '../../../src/data/features.ts'
import { compileModel, createGraphBuilder, type OnnxModel } from '../../../src/model/index.ts'
import { fitOutOfFoldInterval } from '../../../src/training/conformal/fit-out-of-fold-interval.ts'
import { trainModel, type TrainingRows } from '../../../src/training/train.ts'
import { assertFails } from '../assert-fails.ts'

test('is the rank of the errors that models make on rows they were not fitted to', () => {
  const x = { rows: 9, columns: 1, values: Float32Array.from({ length: 9 }, (_, i) => i) }
  // The model says |x|; the errors are 0, 1, …, 8.
  const y = Float64Array.from(x.values, (value, row) => value + (row % 2 === 0 ? row : -row))
  const seen: number[] = []
  const train = (rows: { readonly y: Float64Array }): OnnxModel => {
    seen.push(rows.y.length)
    return absolute()
  }
  // ⌈10 · 0.8⌉ = 8: the eighth of them.
  assert.deepEqual(fitOutOfFoldInterval({ x, y }, { coverage: 0.8, train }), {
    kind: 'residual',
    coverage: 0.8,
    radius: 7,
  })
  assert.deepEqual(seen, [7, 7, 7, 7, 8])
  const few = { x: { ...x, rows: 3 }, y: y.subarray(0, 3) }
  assertFails(
    () => fitOutOfFoldInterval(few, { coverage: 0.8, train }),
    'TRAINING_INVALID',
    /there are 3 rows, expected at least 5[^]*expected at least 4 for a coverage of 0.8/,
  )
  const wide = { coverage: 0.95, train }
  assertFails(
    () => fitOutOfFoldInterval({ x, y }, wide),
    'TRAINING_INVALID',
    /expected at least 19/,
  )
})

test('covers new rows about as often as it is asked to', () => {
  const features: readonly Feature[] = [
    { name: 'a', field: { type: 'number' }, encoding: 'standardize' },
  ]
  const config = {
    kind: 'boosting',
    seed: 1,
    parameters: { objective: 'regression', rounds: 30, minRowsPerLeaf: 5 },
  } as const
  const train = (rows: TrainingRows): OnnxModel => trainModel(config, features, rows)
  const [rows, fresh] = [draw(1, 600), draw(2, 4000)]
  const given = compileModel(train(rows))(fresh.x)
  for (const coverage of [0.5, 0.9]) {
    const { radius } = fitOutOfFoldInterval(rows, { coverage, train })
    const covered = fresh.y.filter((y, row) => Math.abs(y - given[row]!) <= radius).length / 4000
    assert.ok(Math.abs(covered - coverage) < 0.04, `${covered} of ${coverage}`)
  }
})

function absolute(): OnnxModel {
  const graph = createGraphBuilder('absolute', 1)
  return graph.finish(graph.apply('Abs', [graph.input]), { name: 'prediction', columns: 1 })
}

function draw(seed: number, rows: number) {
  const random = createRandom(seed)
  const values = Float32Array.from({ length: rows }, () => 6 * random.next())
  const y = Float64Array.from(values, (a) => Math.sin(a) + random.next() - random.next())
  return { x: { rows, columns: 1, values }, y }
}
