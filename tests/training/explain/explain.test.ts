/** Explanations of any model: importance, dependence and sampled contributions. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Matrix } from '../../../src/core/matrix.ts'
import { createRandom } from '../../../src/core/random.ts'
import {
  dependenceGrid,
  partialDependence,
} from '../../../src/training/explain/partial-dependence.ts'
import { permutationImportance } from '../../../src/training/explain/permutation-importance.ts'
import { sampleContributions } from '../../../src/training/explain/sample-contributions.ts'
import { assertClose } from '../../assert-close.ts'
import { shapleyValues } from '../../model/explain/draw-trees.ts'
import { assertFails } from '../assert-fails.ts'

/** w · row; the columns after the weights are not looked at. */
const weighted =
  (...weights: number[]) =>
  (rows: Matrix): Float64Array =>
    Float64Array.from({ length: rows.rows }, (_, r) =>
      weights.reduce((sum, weight, c) => sum + weight * rows.values[r * rows.columns + c]!, 0),
    )

const squaredError = (y: Float64Array, p: Float64Array): number =>
  y.reduce((sum, value, i) => sum + (value - p[i]!) ** 2, 0) / y.length

describe('permutationImportance', () => {
  test('is twice the variance of a term that is lost, for a model that is right', () => {
    // E(w·a − w·a′)² = 2·w²·Var(a) for independent a, a′.
    const x = drawRows(3, 20_000, 3)
    const predict = weighted(2, -1)
    const importance = permutationImportance(
      predict,
      { x, y: predict(x) },
      { metric: squaredError, isLoss: true, repeats: 3, random: createRandom(1) },
    )
    // Uniform on (0, 1): variance 1/12.
    assertClose(importance[0]!.mean, (2 * 4) / 12, 0.02)
    assertClose(importance[1]!.mean, 2 / 12, 0.02)
    assert.deepEqual(importance[2], {
      mean: 0,
      standardDeviation: 0,
      worse: new Float64Array(3),
    })
  })

  test('a score that falls and a loss that rises say the same', () => {
    const x = drawRows(4, 50, 2)
    const data = { x, y: weighted(1, 1)(x) }
    const predict = weighted(1, 0.5)
    const byLoss = permutationImportance(predict, data, {
      metric: squaredError,
      isLoss: true,
      random: createRandom(1),
    })
    const byScore = permutationImportance(predict, data, {
      metric: (y, p) => -squaredError(y, p),
      random: createRandom(1),
    })
    assert.deepEqual(byLoss, byScore)
    assert.equal(byLoss[0]!.worse.length, 5)
  })

  test('what one column gets does not depend on the others, and rows stay as they were', () => {
    const x = drawRows(5, 40, 3)
    const before = x.values.slice()
    const data = { x, y: weighted(1)(x) }
    const ask = (predict: (rows: Matrix) => Float64Array) =>
      permutationImportance(predict, data, { metric: squaredError, random: createRandom(7) })
    const first = ask(weighted(1, 0, 0))
    assert.deepEqual(ask(weighted(1, 0, 0)), first)
    assert.deepEqual(x.values, before)
    const narrow = { x: { ...x, columns: 1, values: before.filter((_, i) => i % 3 === 0) } }
    const alone = permutationImportance(
      weighted(1),
      { ...narrow, y: data.y },
      { metric: squaredError, random: createRandom(7) },
    )
    assert.deepEqual(alone[0], first[0])
  })

  test('refuses what it cannot measure', () => {
    const x = drawRows(1, 3, 1)
    const options = { metric: squaredError, random: createRandom(1) }
    const y = new Float64Array(3)
    const ask =
      (data: { x: Matrix; y: Float64Array }, more: object = {}) =>
      () =>
        permutationImportance(weighted(1), data, { ...options, ...more })
    assertFails(ask({ x, y: new Float64Array(2) }), 'SHAPE_MISMATCH', /3 cells and 2 targets/)
    assertFails(ask({ x: drawRows(1, 0, 1), y: new Float64Array() }), 'TRAINING_INVALID', /0 rows/)
    assertFails(ask({ x, y }, { repeats: 0 }), 'TRAINING_INVALID', /'repeats' is 0/)
    assertFails(ask({ x, y }, { metric: () => Number.NaN }), 'TRAINING_INVALID', /metric is NaN/)
    assertFails(ask({ x, y }, { signal: AbortSignal.abort() }), 'INTERRUPTED', /stopped/)
  })
})

describe('partialDependence', () => {
  test('of a linear model is its line, from the mean of the other terms', () => {
    const x = drawRows(6, 30, 2)
    const { values, mean } = partialDependence(weighted(3, 5), x, { column: 0 })
    const others = weighted(0, 5)(x).reduce((sum, value) => sum + value, 0) / 30
    assert.equal(values.length, 20)
    for (const [i, value] of values.entries()) {
      assertClose(mean[i]!, 3 * Math.fround(value) + others, 1e-9)
    }
  })

  test('takes values of its own, a missing one too', () => {
    const x = { rows: 1, columns: 1, values: Float32Array.of(4) }
    const isMissing = ({ values }: Matrix): number[] => [Number(Number.isNaN(values[0]))]
    const { mean } = partialDependence(isMissing, x, { column: 0, values: [1, Number.NaN] })
    assert.deepEqual(mean, Float64Array.of(0, 1))
    assert.deepEqual(x.values, Float32Array.of(4))
  })

  test('tries few values as they are, many from the 5 % to the 95 % quantile', () => {
    const column = (...values: number[]): Matrix => ({
      rows: values.length,
      columns: 1,
      values: Float32Array.from(values),
    })
    assert.deepEqual(
      dependenceGrid(column(2, 1, 2, Number.NaN, Infinity), 0),
      Float64Array.of(1, 2),
    )
    const hundred = column(...Array.from({ length: 101 }, (_, i) => i))
    assert.deepEqual(dependenceGrid(hundred, 0, 4), Float64Array.of(5, 35, 65, 95))
    const flat = column(...Array.from({ length: 100 }, () => 7), 1, 2, 3)
    assert.deepEqual(dependenceGrid(flat, 0, 2), Float64Array.of(7))
  })

  test('refuses a column that is not there, no values and too few points', () => {
    const x = drawRows(1, 3, 1)
    const ask = (options: { column: number; values?: number[]; points?: number }) => () =>
      partialDependence(weighted(1), x, options)
    assertFails(ask({ column: 1 }), 'SHAPE_MISMATCH', /no column 1/)
    assertFails(ask({ column: 0, values: [] }), 'TRAINING_INVALID', /no value/)
    assertFails(ask({ column: 0, points: 1 }), 'TRAINING_INVALID', /'points' is 1/)
  })
})

describe('sampleContributions', () => {
  test('sum to the prediction, and are exact where columns only add up', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const [rows, background] = [drawRows(seed, 3, 4), drawRows(seed + 1, 5, 4)]
        const predict = weighted(1, -2, 0.5)
        const told = sampleContributions(predict, rows, {
          background,
          columns: ['a', 'b', 'c', 'd'],
          orders: 10, // each row of the background twice
          random: createRandom(seed),
        })
        const base = predict(background).reduce((sum, value) => sum + value / 5, 0)
        assertClose(told.base, base, 1e-9)
        for (const [row, prediction] of predict(rows).entries()) {
          const own = told.values.subarray(row * 4, row * 4 + 4)
          assertClose(
            own.reduce((sum, value) => sum + value, told.base),
            prediction,
            1e-9,
          )
          assertClose(own[3]!, 0, 1e-9)
          const meanB = [0, 1, 2, 3, 4].reduce(
            (sum, r) => sum + background.values[r * 4 + 1]! / 5,
            0,
          )
          assertClose(own[1]!, -2 * (rows.values[row * 4 + 1]! - meanB), 1e-9)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('come near the Shapley values by their definition', () => {
    const product = ({ rows, values }: Matrix): Float64Array =>
      Float64Array.from(
        { length: rows },
        (_, r) => values[3 * r]! * values[3 * r + 1]! + values[3 * r + 2]!,
      )
    const rows = { rows: 1, columns: 3, values: Float32Array.of(3, 5, 1) }
    const background = drawRows(2, 20, 3)
    const worth = (known: number): number => {
      const mixed = background.values.map((cell, i) =>
        (known >> (i % 3)) & 1 ? rows.values[i % 3]! : cell,
      )
      return product({ ...background, values: mixed }).reduce((sum, value) => sum + value / 20, 0)
    }
    const told = sampleContributions(product, rows, {
      background,
      columns: ['a', 'b', 'c'],
      orders: 2000,
      random: createRandom(3),
    })
    shapleyValues(3, worth).forEach((value, c) => assertClose(told.values[c]!, value, 0.01))
  })

  test('refuses columns that do not go together', () => {
    const options = { columns: ['a'], random: createRandom(1) }
    const ask =
      (background: Matrix, more: object = {}) =>
      () =>
        sampleContributions(weighted(1), drawRows(1, 2, 1), { ...options, background, ...more })
    assertFails(ask(drawRows(1, 2, 2)), 'SHAPE_MISMATCH', /background 2/)
    assertFails(ask(drawRows(1, 0, 1)), 'TRAINING_INVALID', /0 rows/)
    assertFails(ask(drawRows(1, 2, 1), { orders: 0.5 }), 'TRAINING_INVALID', /'orders' is 0.5/)
  })
})

/** Cells uniform in (0, 1). */
function drawRows(seed: number, rows: number, columns: number): Matrix {
  const random = createRandom(seed)
  return {
    rows,
    columns,
    values: Float32Array.from({ length: rows * columns }, () => random.next()),
  }
}
