/** A row of weight 2 is the row twice, and one of weight 0 is none: in fits and in metrics, of every kind of target. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import type { Feature } from '../../src/data/features.ts'
import { compileModel } from '../../src/model/index.ts'
import { evaluateProbabilities } from '../../src/training/evaluate.ts'
import type { EvaluationOptions } from '../../src/training/evaluation-report.ts'
import { fitSoftmax } from '../../src/training/linear/index.ts'
import { weightedMean } from '../../src/training/metrics/weighted-mean.ts'
import { reportClasses, reportValues } from '../../src/training/output-report.ts'
import { trainModel, type ModelConfig, type TrainingRows } from '../../src/training/train.ts'
import { assertClose } from '../assert-close.ts'

const random = createRandom(9)
const count = 240
const values = Float32Array.from({ length: 2 * count }, () => 2 * random.next() - 1)
const at = (row: number, column: number): number => values[2 * row + column]!
const weights = Float64Array.from({ length: count }, (_, row) => row % 3)
const targets = {
  binary: Float64Array.from({ length: count }, (_, r) => Number(at(r, 0) + random.next() > 0.5)),
  value: Float64Array.from({ length: count }, (_, r) => 5 + 3 * at(r, 0) + random.next()),
  classes: Float64Array.from({ length: count }, (_, r) =>
    at(r, 0) + random.next() > 0.8 ? 2 : at(r, 1) + random.next() > 0.5 ? 1 : 0,
  ),
} as const
const features: readonly Feature[] = ['a', 'b'].map((name) => ({
  name,
  field: { type: 'number' },
  encoding: 'as-is',
}))

describe('weights of a fit', () => {
  const linear = { l2: 1, maxIterations: 100 } as const
  const configs: readonly [keyof typeof targets, ModelConfig][] = [
    ['binary', { kind: 'logistic', ...linear }],
    ['value', { kind: 'linear', ...linear }],
    ['classes', { kind: 'logistic', classes: 3, ...linear }],
  ]
  for (const [target, config] of configs) {
    test(`of a linear model of ${target} are repeated rows`, () => {
      const y = targets[target]
      const x = { rows: count, columns: 2, values }
      // The means of columns that are taken as they are count rows, not weights: they only move the intercept.
      const weighted = compileModel(trainModel(config, features, { x, y, weights }))(x)
      const repeated = compileModel(trainModel(config, features, repeat(y)))(x)
      weighted.forEach((value, i) => assertClose(value, repeated[i]!, 1e-4))
    })
  }

  test('of boosted trees leave out rows of weight 0', () => {
    const y = targets.value
    const parameters = { objective: 'regression', rounds: 5, minRowsPerLeaf: 1 } as const
    const config = { kind: 'boosting', parameters, seed: 1 } as const
    const x = { rows: count, columns: 2, values }
    const spoilt = y.map((value, row) => (weights[row] === 0 ? 1e6 : value))
    const model = compileModel(trainModel(config, features, { x, y: spoilt, weights }))
    assert.ok(model(x).every((value) => value < 10))
  })

  for (const target of ['binary', 'value', 'classes'] as const) {
    test(`of a network of ${target} leave out rows of weight 0`, () => {
      const y = targets[target]
      const objective = { binary: 'binary', value: 'regression', classes: 'multiclass' } as const
      const parameters = { objective: objective[target], maxEpochs: 3, hiddenUnits: [4] }
      const config = { kind: 'neural', parameters, seed: 1 } as const
      const x = { rows: count, columns: 2, values }
      const other = { binary: 0, value: 1e6, classes: 1 }[target]
      const spoilt = y.map((value, row) => (weights[row] === 0 ? other : value))
      const model = trainModel(config, features, { x, y, weights })
      assert.deepEqual(trainModel(config, features, { x, y: spoilt, weights }), model)
      assert.notDeepEqual(trainModel(config, features, { x, y }), model)
    })
  }

  test('of a calibrated network count in its calibration', () => {
    const parameters = { maxEpochs: 3, hiddenUnits: [4] }
    const config = { kind: 'neural', parameters, seed: 1, calibration: 'isotonic' } as const
    const x = { rows: count, columns: 2, values }
    const y = targets.binary
    const spoilt = y.map((value, row) => (weights[row] === 0 ? 0 : value))
    const [model, other] = [y, spoilt].map((target) =>
      compileModel(trainModel(config, features, { x, y: target, weights }))(x),
    )
    const mean = weightedMean(model!, weights)
    assert.ok(Math.abs(mean - weightedMean(y, weights)) < 0.06, `mean probability ${mean}`)
    assert.ok(Math.abs(mean - weightedMean(other!, weights)) < 0.06)
  })
})

describe('weights of an evaluation', () => {
  test('of numbers are repeated rows', () => {
    const prediction = targets.value.map((value, row) => value + at(row, 1))
    const options = { ...evaluation(), quantile: 0.7 }
    const weighted = reportValues(targets.value, prediction, { ...options, weights })
    const repeated = reportValues(again(targets.value), again(prediction), options)
    assertSameValues(weighted.metrics, repeated.metrics)
  })

  test('of classes are repeated rows', () => {
    const given = Float32Array.from({ length: 3 * count }, () => random.next())
    const shares = given.map((value, i) => {
      const row = Math.floor(i / 3) * 3
      return value / (given[row]! + given[row + 1]! + given[row + 2]!)
    })
    const options = { ...evaluation(), classes: ['x', 'y', 'z'] }
    const matrix = { rows: count, columns: 3, values: shares }
    const weighted = reportClasses(targets.classes, matrix, { ...options, weights })
    const rows = again(Float64Array.from({ length: count }, (_, row) => row))
    const picked = Float32Array.from(
      { length: 3 * rows.length },
      (_, i) => shares[3 * rows[Math.floor(i / 3)]! + (i % 3)]!,
    )
    const repeated = reportClasses(
      again(targets.classes),
      { rows: rows.length, columns: 3, values: picked },
      options,
    )
    assertSameValues(weighted.metrics, repeated.metrics)
  })

  test('of probabilities are repeated rows', () => {
    const probability = targets.binary.map((value) => 0.3 * value + 0.7 * random.next())
    const options: EvaluationOptions = {
      ...evaluation(),
      threshold: 0.5,
      liftShare: 0.1,
      costs: { falsePositive: 1, falseNegative: 3 },
    }
    const weighted = evaluateProbabilities(targets.binary, probability, { ...options, weights })
    const repeated = evaluateProbabilities(again(targets.binary), again(probability), options)
    assertSameValues(weighted.report.metrics, repeated.report.metrics)
    assertClose(weighted.report.costs.lowest, repeated.report.costs.lowest)
  })

  test('count in fairness, for which a group needs weight in both classes', () => {
    const probability = targets.binary.map((value) => 0.3 * value + 0.7 * random.next())
    const codes = Int32Array.from({ length: count }, (_, row) => row % 4)
    const names = ['g=0', 'g=1', 'g=2', 'g=3']
    const own = weights.map((weight, row) =>
      row % 4 === 3 && targets.binary[row] === 1 ? 0 : weight,
    )
    const { fairness } = evaluateProbabilities(targets.binary, probability, {
      ...evaluation(),
      threshold: 0.5,
      liftShare: 0.1,
      costs: { falsePositive: 1, falseNegative: 3 },
      slices: [{ column: 'g', names, codes }],
      weights: own,
    }).report
    const { groups, demographic_parity_difference: difference } = fairness['g']! as {
      readonly groups: readonly Record<string, unknown>[]
      readonly demographic_parity_difference: number
    }
    assert.deepEqual(
      groups.map(({ group, rows, effective_rows: effective }) => [group, rows, effective]),
      // A third of the rows weighs 0, one 1 and one 2: (20 + 40)² / (20 + 80).
      ['g=0', 'g=1', 'g=2'].map((group) => [group, 60, 36]),
    )
    const selected = [0, 1, 2].map((code) => {
      const rows = [...own.keys()].filter((row) => row % 4 === code)
      const called = rows.filter((row) => probability[row]! >= 0.5)
      const sum = (of: readonly number[]): number => of.reduce((all, row) => all + own[row]!, 0)
      return sum(called) / sum(rows)
    })
    assertClose(difference, Math.max(...selected) - Math.min(...selected), 1e-12)
  })

  test('that leave nothing, or one class, are refused', () => {
    const nothing = new Float64Array(count)
    const options = { ...evaluation(), quantile: 0.5 }
    assert.throws(
      () => reportValues(targets.value, targets.value, { ...options, weights: nothing }),
      { code: 'TRAINING_INVALID', message: 'all rows weigh nothing' },
    )
    const one = targets.classes.map((value) => Number(value !== 1))
    const matrix = { rows: count, columns: 3, values: new Float32Array(3 * count).fill(1 / 3) }
    assert.throws(
      () =>
        reportClasses(targets.classes, matrix, {
          ...evaluation(),
          classes: [7, 8, 9],
          weights: one,
        }),
      { code: 'TRAINING_INVALID', message: "no test row is of class '8'" },
    )
  })
})

describe('a softmax regression', () => {
  test('of two classes has the probabilities of a logistic regression of half the penalty', () => {
    const x = { rows: count, columns: 2, values }
    const rows = { x, y: targets.binary }
    const two = compileModel(
      trainModel({ kind: 'logistic', classes: 2, l2: 2, maxIterations: 100 }, features, rows),
    )(x)
    const one = compileModel(
      trainModel({ kind: 'logistic', l2: 1, maxIterations: 100 }, features, rows),
    )(x)
    one.forEach((probability, row) => assertClose(two[2 * row + 1]!, probability, 1e-5))
  })

  test('has slopes of 0, and scores that add up to 0', () => {
    const design = { rows: count, columns: 2, values: Float64Array.from(values) }
    const { coefficients, intercepts, converged } = fitSoftmax(design, targets.classes, {
      classes: 3,
      l2: 0,
    })
    assert.ok(converged)
    for (const column of [0, 1])
      assert.ok(
        Math.abs(coefficients.subarray(3 * column, 3 * column + 3).reduce((a, b) => a + b)) < 1e-8,
      )
    assert.ok(Math.abs(intercepts.reduce((a, b) => a + b)) < 1e-8)
    // Without a penalty the mean probability of a class is its share of the rows.
    const sums = [0, 0, 0]
    for (let row = 0; row < count; row++) {
      const scores = [0, 1, 2].map((k) =>
        Math.exp(
          intercepts[k]! + at(row, 0) * coefficients[k]! + at(row, 1) * coefficients[3 + k]!,
        ),
      )
      const total = scores.reduce((a, b) => a + b)
      scores.forEach((score, k) => (sums[k]! += score / total))
    }
    sums.forEach((sum, k) =>
      assertClose(sum, targets.classes.filter((value) => value === k).length, 1e-6),
    )
  })

  test('refuses classes that are none, or have no row, all at once', () => {
    const design = { rows: 3, columns: 1, values: Float64Array.of(1, 2, 3) }
    assert.throws(() => fitSoftmax(design, Float64Array.of(0, 3, NaN), { classes: 3 }), {
      code: 'TRAINING_INVALID',
      message: /row 1: the target is 3, .*; row 2: the target is NaN/,
    })
    assert.throws(() => fitSoftmax(design, Float64Array.of(0, 1, 0), { classes: 4 }), {
      code: 'TRAINING_INVALID',
      message: /no row is of class 2 .*; no row is of class 3/,
    })
  })
})

function evaluation() {
  return {
    random: createRandom(1),
    replicates: 20,
    sliceReplicates: 20,
    level: 0.9,
    slices: [],
    minSliceRows: 10,
  }
}

function again(list: Float64Array): Float64Array {
  return Float64Array.from(
    [...list].flatMap((value, row) => Array.from({ length: weights[row]! }, () => value)),
  )
}

function repeat(y: Float64Array): TrainingRows {
  const rows = again(Float64Array.from({ length: count }, (_, row) => row))
  const picked = Float32Array.from({ length: 2 * rows.length }, (_, i) =>
    at(rows[Math.floor(i / 2)]!, i % 2),
  )
  return { x: { rows: rows.length, columns: 2, values: picked }, y: again(y) }
}

function assertSameValues(a: Readonly<Record<string, { value: number }>>, b: typeof a): void {
  assert.deepEqual(Object.keys(a), Object.keys(b))
  for (const [name, { value }] of Object.entries(a)) assertClose(value, b[name]!.value, 1e-9)
}
