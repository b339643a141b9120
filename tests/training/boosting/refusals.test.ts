import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../../src/core/errors.ts'
import {
  type BoostingParameters,
  type ObjectiveName,
  scoreTrees,
} from '../../../src/training/boosting/index.ts'
import { assertFails } from '../assert-fails.ts'
import { fit, generateData, numbers, objectives } from './generated.ts'

describe('fitBoosting refuses', () => {
  const data = numbers([1, 2, 3, 4], [0, 0, 1, 1])

  test('bad parameters, all at once, with their ranges', () => {
    const bad = {
      rounds: 0,
      learningRate: 0,
      maxLeaves: 2.5,
      maxBins: 256,
      l2: NaN,
      rowFraction: 1.1,
    }
    assertFails(
      () => fit(data, bad),
      'TRAINING_INVALID',
      [
        `'rounds' is 0, expected an integer from 1 to 100000`,
        `'learningRate' is 0, expected a number above 0, up to 1`,
        `'maxLeaves' is 2.5, expected an integer from 2 to 65536`,
        `'maxBins' is 256, expected an integer from 2 to 255`,
        `'l2' is NaN, expected a number from 0 to 1000000000`,
        `'rowFraction' is 1.1, expected a number above 0, up to 1`,
      ].join('; '),
    )
  })

  test('a parameter it does not know, with the nearest name', () => {
    const bad = { maxLeafs: 3 } as Partial<BoostingParameters>
    assert.throws(
      () => fit(data, bad),
      (error) => error instanceof ToolkitError && error.hint === `did you mean 'maxLeaves'?`,
    )
    assertFails(() => fit(data, bad), 'TRAINING_INVALID', `there is no parameter 'maxLeafs'`)
  })

  test('a parameter of another type, as a file may hold it', () => {
    const bad = { rounds: '10' } as unknown as Partial<BoostingParameters>
    assertFails(
      () => fit(data, bad),
      'TRAINING_INVALID',
      `'rounds' is 10, expected an integer from 1 to 100000`,
    )
  })

  test('an objective it does not know, with the nearest name', () => {
    const bad = { objective: 'regresion', quantile: 1 } as unknown as Partial<BoostingParameters>
    assertFails(
      () => fit(data, bad),
      'TRAINING_INVALID',
      `there is no objective 'regresion'; 'quantile' is 1, expected a number above 0, below 1`,
    )
    assert.throws(
      () => fit(data, bad),
      (error) => error instanceof ToolkitError && error.hint === `did you mean 'regression'?`,
    )
  })

  test('a target that is missing, infinite, or means nothing to the objective, row by row', () => {
    const bad: readonly (readonly [ObjectiveName, readonly number[], string])[] = [
      [
        'binary',
        [0, 1, NaN, 2],
        'row 2: the target is NaN, expected 0 or 1; row 3: the target is 2, expected 0 or 1',
      ],
      [
        'multiclass',
        [0, 1, 1.5, -1],
        'row 2: the target is 1.5, expected a class from 0 to 999; row 3: the target is -1, expected a class from 0 to 999',
      ],
      [
        'multiclass',
        [0, 1, 4, 1],
        'no row is of class 2 of the 5 from 0 to 4; no row is of class 3 of the 5 from 0 to 4',
      ],
      ['multiclass', [0, 0, 0, 0], 'all 4 rows are of class 0, expected several classes'],
      [
        'regression',
        [0, NaN, Infinity, 1e39],
        'row 1: the target is NaN, expected a finite number; row 2: the target is Infinity, expected a finite number; row 3: the target is 1e+39, expected a finite number',
      ],
      ['regression', [7, 7, 7, 7], 'all 4 rows have the target 7, expected several values'],
      [
        'quantile',
        [0, 1, -Infinity, 2],
        'row 2: the target is -Infinity, expected a finite number',
      ],
      ['poisson', [0, 1, -1, 2], 'row 2: the target is -1, expected a finite number from 0 on'],
      ['poisson', [0, 0, 0, 0], 'all 4 rows have the target 0, expected several values'],
    ]
    for (const [objective, y, message] of bad) {
      assertFails(() => fit(numbers([1, 2, 3, 4], y), { objective }), 'TRAINING_INVALID', message)
    }
  })

  test('one row, as no objective can learn from it', () => {
    for (const objective of objectives) {
      assertFails(() => fit(numbers([1], [0]), { objective }), 'TRAINING_INVALID', /all 1 rows/)
    }
  })

  test('features without a single value', () => {
    assertFails(
      () => fit(numbers([NaN, NaN], [0, 1]), {}),
      'TRAINING_INVALID',
      'every cell of the features is missing',
    )
  })

  test('all that is wrong with the rows at once, the first twenty of many', () => {
    const weights = Float64Array.of(1, -1, NaN, Infinity)
    const bad = { ...numbers([1, Infinity, 3, 4], [0, 1, 2, 1]), weights, monotone: [2] }
    assertFails(
      () => fit(bad, { patience: 5 }),
      'TRAINING_INVALID',
      [
        'row 1, column 0 is Infinity, expected a finite number or NaN',
        'row 1: the weight is -1, expected a number from 0 to 1e+30',
        'row 2: the weight is NaN, expected a number from 0 to 1e+30',
        'row 3: the weight is Infinity, expected a number from 0 to 1e+30',
        'row 2: the target is 2, expected 0 or 1',
        `column 0: 'monotone' is 2, expected -1, 0 or 1`,
        `'patience' is 5, but there are no validation rows`,
      ].join('; '),
    )
    const many = numbers(Array(50).fill(1), Array(50).fill(5))
    assertFails(() => fit(many, {}), 'TRAINING_INVALID', /row 19: .*; and 30 more$/)
  })

  test('weights that leave nothing to learn', () => {
    const weigh = (...weights: number[]) => ({ ...data, weights: Float64Array.from(weights) })
    assertFails(() => fit(weigh(0, 0, 0, 0), {}), 'TRAINING_INVALID', 'all weights are 0')
    assertFails(() => fit(weigh(1, 1, 0, 0), {}), 'TRAINING_INVALID', /all 2 rows are of class 0/)
    assertFails(
      () => fit(weigh(1, 1, 0, 0), { objective: 'multiclass' }),
      'TRAINING_INVALID',
      'no row is of class 1 of the 2 from 0 to 1',
    )
  })

  test('directions where there is no order', () => {
    const ordered = { ...data, monotone: [1] }
    assertFails(
      () => fit({ ...ordered, categorical: [true] }, {}),
      'TRAINING_INVALID',
      `column 0: 'monotone' is 1, but categories have no order`,
    )
    for (const objective of ['quantile', 'multiclass'] as const) {
      assertFails(
        () => fit(ordered, { objective }),
        'TRAINING_INVALID',
        `the objective '${objective}' cannot be monotone in a feature`,
      )
    }
  })

  test('validation rows that it cannot be measured on', () => {
    const several = { ...data, y: Float64Array.of(0, 1, 2, 2) }
    const validate = (values: number[], y: number[]): (() => unknown) => {
      const validation = numbers(values, y)
      return () => fit(several, { objective: 'multiclass', patience: 1 }, { validation })
    }
    assertFails(
      validate([1, Infinity], [0, 3]),
      'TRAINING_INVALID',
      'validation rows: row 1, column 0 is Infinity, expected a finite number or NaN; validation rows: row 1: the target is 3, expected a class from 0 to 2',
    )
    assertFails(validate([], []), 'TRAINING_INVALID', 'validation rows: there are no rows')
    assertFails(
      validate([1, 2], [0]),
      'SHAPE_MISMATCH',
      'there are 1 validation targets, expected 2, one per row',
    )
  })

  test('to go on when the loss is not finite', () => {
    // From the mean of 1.5e38 the first leaf is 4.5e38 away: more than a float32 holds.
    const wide = numbers([1, 2, 3, 4], [-3e38, 3e38, 3e38, 3e38])
    const parameters = { learningRate: 1, l2: 0, minRowsPerLeaf: 1, featureFraction: 1 }
    assertFails(
      () => fit(wide, { ...parameters, objective: 'regression', rounds: 1 }),
      'TRAINING_DIVERGED',
      'the loss is Infinity after round 1',
    )
  })

  test('infinite cells, naming the place', () => {
    const x = { rows: 2, columns: 2, values: Float32Array.of(0, 1, NaN, -Infinity) }
    const bad = { x, y: Float64Array.of(0, 1), categorical: [false, false] }
    assertFails(
      () => fit(bad, {}),
      'TRAINING_INVALID',
      'row 1, column 1 is -Infinity, expected a finite number or NaN',
    )
  })

  test('a single class, other labels, no rows, no columns', () => {
    assertFails(() => fit(numbers([1, 2], [1, 1]), {}), 'TRAINING_INVALID', /of class 1/)
    assertFails(
      () => fit(numbers([1, 2], [0, 3]), {}),
      'TRAINING_INVALID',
      /row 1: the target is 3/,
    )
    assertFails(() => fit(numbers([], []), {}), 'TRAINING_INVALID', /no rows/)
    const x = { rows: 2, columns: 0, values: new Float32Array(0) }
    assertFails(
      () => fit({ x, y: Float64Array.of(0, 1), categorical: [] }, {}),
      'TRAINING_INVALID',
      /no columns/,
    )
  })

  test('shapes that disagree', () => {
    const { x, y } = data
    assertFails(
      () => fit({ x: { ...x, rows: 5 }, y, categorical: [false] }, {}),
      'SHAPE_MISMATCH',
      /4 values, expected 5 rows of 1/,
    )
    assertFails(
      () => fit({ x, y: y.slice(1), categorical: [false] }, {}),
      'SHAPE_MISMATCH',
      /3 targets, expected 4/,
    )
    assertFails(
      () => fit({ x, y, categorical: [] }, {}),
      'SHAPE_MISMATCH',
      /0 entries in 'categorical', expected 1/,
    )
    const model = fit(generateData(1, { rows: 400 }), { rounds: 5, featureFraction: 1 })
    assertFails(() => scoreTrees(model, x), 'SHAPE_MISMATCH', /need \d columns, the rows have 1/)
  })

  test('to go on when it is aborted', () => {
    const stop = new AbortController()
    const options = { signal: stop.signal, onRound: () => stop.abort('enough') }
    assertFails(() => fit(data, {}, options), 'INTERRUPTED', 'the fit was stopped')
  })
})
