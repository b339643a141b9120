import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareSlices } from '../../src/training/compare-slices.ts'

const slice = (column: string, name: string, values: Readonly<Record<string, number>>) => ({
  column,
  slice: name,
  rows: 100,
  metrics: Object.fromEntries(
    Object.entries(values).map(([metric, value]) => [
      metric,
      { value, lower: value, upper: value },
    ]),
  ),
})

test('the worst group of a column is told, at its end of each metric', () => {
  const slices = [
    slice('sex', 'sex=0', { rmse: 2, mae: 1, r2: 0.5, mean_error: 0 }),
    slice('sex', 'sex=1', { rmse: 3, mae: 0.5, r2: 0.75, mean_error: 1 }),
  ]
  assert.deepEqual(compareSlices(slices), {
    sex: { r2_group_min: 0.5, rmse_group_max: 3, mae_group_max: 1 },
  })
})

test('shares have a difference and a ratio too', () => {
  const slices = [
    slice('age', 'age < 30', { accuracy: 0.5, log_loss: 1 }),
    slice('age', 'age 30 or more', { accuracy: 0.8, log_loss: 0.5 }),
    slice('age', 'age missing', { accuracy: 0.4, log_loss: 0.75 }),
  ]
  assert.deepEqual(compareSlices(slices), {
    age: {
      accuracy_group_min: 0.4,
      accuracy_difference: 0.4,
      accuracy_ratio: 0.5,
      log_loss_group_max: 1,
    },
  })
  const none = [slice('a', 'x', { accuracy: 0 }), slice('a', 'y', { accuracy: 0 })]
  assert.deepEqual(compareSlices(none)['a'], {
    accuracy_group_min: 0,
    accuracy_difference: 0,
    accuracy_ratio: 1,
  })
})

test('a column with one measured slice has nothing beside it', () => {
  const skipped = { column: 'sex', slice: 'sex=1', rows: 3, skipped: '3 rows, fewer than 100' }
  assert.deepEqual(compareSlices([slice('sex', 'sex=0', { rmse: 2 }), skipped]), {})
  assert.deepEqual(compareSlices([]), {})
})
