import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../../src/core/errors.ts'
import { type BoostingParameters, scoreTrees } from '../../../src/training/boosting/index.ts'
import { assertFails } from '../assert-fails.ts'
import { fit, generateData, numbers } from './generated.ts'

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
