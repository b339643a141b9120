import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import type { Feature } from '../../../src/data/features.ts'
import { compileModel, createGraphBuilder, type OnnxModel } from '../../../src/model/index.ts'
import { fitOutOfFoldInterval } from '../../../src/training/conformal/fit-out-of-fold-interval.ts'
import { fitResidualInterval } from '../../../src/training/conformal/index.ts'
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
  seen.length = 0
  const parts = Float64Array.of(2, 2, 2, 2, 7, 7, 3, 3, 3)
  fitOutOfFoldInterval({ x, y, parts }, { coverage: 0.8, train })
  assert.deepEqual(seen, [5, 6, 7])
  assertFails(
    () => fitOutOfFoldInterval({ x, y, parts: new Float64Array(9) }, { coverage: 0.8, train }),
    'TRAINING_INVALID',
    /all 9 rows are of one part, none can be held out/,
  )
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

test('counts rows by their weights: equal ones are as none, rows without any as rows that are not there', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean()), {
        minLength: 30,
        maxLength: 60,
      }),
      fc.double({ min: 0.05, max: 0.9, noNaN: true }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      (rows, coverage, weight) => {
        const kept = rows.filter(([, isKept], i) => isKept || i < 15)
        const errors = (of: readonly (readonly [number, boolean])[]) => of.map(([error]) => error)
        const predicted = (of: readonly unknown[]) => of.map(() => 0)
        const plain = fitResidualInterval(
          { target: errors(kept), predicted: predicted(kept) },
          { coverage },
        )
        const weights = rows.map(([, isKept], i) => (isKept || i < 15 ? weight : 0))
        const weighted = fitResidualInterval(
          { target: errors(rows), predicted: predicted(rows), weights },
          { coverage },
        )
        assert.equal(weighted.radius, plain.radius)
      },
    ),
  )
  // Half of the weight 10 and of one row more, 52 / 10, is 7.6, and the first three rows have 3.
  const rows = { target: [1, 2, 3, 4], predicted: [0, 0, 0, 0], weights: [1, 1, 1, 7] }
  assert.equal(fitResidualInterval(rows, { coverage: 0.5 }).radius, 4)
})

test('refuses rows of which a few weigh most, as rows that are as few', () => {
  const held = (weights: readonly number[]) => ({
    target: weights.map((_, row) => row),
    predicted: weights.map(() => 0),
    weights,
  })
  const fit = (weights: readonly number[], coverage: number) =>
    fitResidualInterval(held(weights), { coverage })
  const alike = Array.from({ length: 19 }, () => 1e200)
  assert.equal(fit(alike, 0.95).radius, 18)
  // (18 + 3)² / (18 + 3²) = 16.33
  assertFails(
    () => fit([...alike.slice(1), 3e200], 0.95),
    'TRAINING_INVALID',
    /the rows weigh as 16\.3 that count alike, expected at least 19 for a coverage of 0\.95/,
  )
  assert.equal(fit([...alike.slice(1), 3e200], 0.9).radius, 18)
})

test('covers rows that are drawn as often as they weigh, whose errors grow with it', () => {
  const random = createRandom(4)
  const drawRow = () => {
    const weight = -Math.log(1 - random.next())
    return { weight, error: weight * (random.next() - random.next()) }
  }
  let [covered, all] = [0, 0]
  for (let trial = 0; trial < 2000; trial++) {
    const held = Array.from({ length: 50 }, drawRow)
    const { radius } = fitResidualInterval({
      target: held.map(({ error }) => error),
      predicted: held.map(() => 0),
      weights: held.map(({ weight }) => weight),
    })
    for (const { weight, error } of Array.from({ length: 20 }, drawRow)) {
      all += weight
      if (Math.abs(error) <= radius) covered += weight
    }
  }
  assert.ok(covered / all > 0.897 && covered / all < 0.92, String(covered / all))
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
