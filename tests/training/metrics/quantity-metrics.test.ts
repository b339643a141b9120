import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  expectedCalibrationError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanPinballLoss,
  meanPoissonDeviance,
  multiclassLogLoss,
  logLoss,
  r2Score,
  rootMeanSquaredError,
} from '../../../src/training/metrics/index.ts'
import { createRandom } from '../../../src/core/random.ts'
import { prepareValueMetrics } from '../../../src/training/metrics/value-metrics.ts'
import { reportValues } from '../../../src/training/output-report.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'
import { labelled } from './labelled.ts'

const all = {
  rootMeanSquaredError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanPinballLoss,
  r2Score,
}

describe('metrics of quantities', () => {
  test('are what a hand calculates', () => {
    const target = [2, 4, 8]
    const prediction = [3, 4, 6]
    // Distances 1, 0, 2
    assertClose(rootMeanSquaredError(target, prediction), Math.sqrt(5 / 3))
    assert.equal(meanAbsoluteError(target, prediction), 1)
    // 1/2 + 0 + 2/8
    assert.equal(meanAbsolutePercentageError(target, prediction), 0.25)
    // Too high by 1 costs 0.25, too low by 2 costs 1.5
    assert.equal(meanPinballLoss(target, prediction, { alpha: 0.75 }), 1.75 / 3)
    // Mean 14/3: Σ(y − ȳ)² = (64 + 4 + 100)/9
    assertClose(r2Score(target, prediction), 1 - 5 / (168 / 9))
  })

  test('the deviance of counts is what a hand calculates, and others have none', () => {
    // 2 · (0 − 0 + 1), 2 · (2 ln 2 − 2 + 1), 0
    assertClose(meanPoissonDeviance([0, 2, 5], [1, 1, 5]), (4 * Math.log(2)) / 3)
    for (const [target, prediction] of [
      [
        [1, -1],
        [1, 1],
      ],
      [
        [1, 1],
        [1, 0],
      ],
      [
        [1, 1],
        [1, -2],
      ],
    ] as const) {
      assertFails(
        () => meanPoissonDeviance(target, prediction),
        'TRAINING_INVALID',
        /row 1: the target is -?1 and the prediction/,
      )
    }
  })

  test('models of counts are measured by it, of whatever rows, and only where all have it', () => {
    const target = Float64Array.from({ length: 60 }, (_, row) => row % 4)
    const prediction = Float64Array.from({ length: 60 }, (_, row) => 1 + (row % 3))
    const options = {
      random: createRandom(1),
      replicates: 100,
      sliceReplicates: 100,
      level: 0.95,
      slices: [
        {
          column: 'third',
          names: ['0', '1', '2'],
          codes: Int32Array.from(target, (_, row) => row % 3),
        },
      ],
      minSliceRows: 10,
      quantile: 0.5,
    }
    const measure = (given: Float64Array, isCount: boolean) =>
      reportValues(target, given, { ...options, isCount })
    const { metrics, slices } = measure(prediction, true)
    assertClose(metrics['mean_poisson_deviance']!.value, meanPoissonDeviance(target, prediction))
    assert.ok(slices.every((slice) => slice.metrics?.['mean_poisson_deviance'] !== undefined))
    for (const other of [measure(prediction, false), measure(prediction.with(7, 0), true)]) {
      assert.deepEqual(Object.keys(other.metrics), Object.keys(metrics).slice(0, -1))
    }
  })

  test('of a weighted row are those of the row written out as often', () => {
    const row = fc.record({
      y: fc.integer({ min: -9, max: 9 }),
      guess: fc.integer({ min: -9, max: 9 }),
      weight: fc.nat({ max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 20 }), (rows) => {
        const first = [...rows, { y: 1, guess: 2, weight: 1 }, { y: 3, guess: 1, weight: 1 }]
        const target = first.map(({ y }) => y)
        const prediction = first.map(({ guess }) => guess)
        const weights = first.map(({ weight }) => weight)
        const repeat = (values: number[]): number[] =>
          values.flatMap((value, i) => Array.from({ length: weights[i]! }, () => value))
        for (const metric of Object.values(all)) {
          assertClose(
            metric(target, prediction, { weights }),
            metric(repeat(target), repeat(prediction)),
            1e-9,
          )
        }
      }),
    )
  })

  test('have a rule where they would divide by 0', () => {
    assert.equal(r2Score([3, 3], [3, 3]), 1)
    assert.equal(r2Score([3, 3], [3, 4]), 0)
    // The mean of ten times 0.1 is not 0.1, of samples of such rows neither; a row of weight 0 varies nothing.
    const tenths = Array.from({ length: 10 }, () => 0.1)
    const guesses = tenths.map((value, row) => value + row / 10)
    assert.equal(r2Score(tenths, guesses), 0)
    assert.equal(r2Score([...tenths, 5], [...guesses, 5], { weights: [...tenths, 0] }), 0)
    const counts = tenths.map(() => 1)
    assert.equal(prepareValueMetrics(tenths, guesses, { quantile: 0.5 })(counts).r2, 0)
    assert.equal(meanAbsolutePercentageError([0], [1]), 2 ** 52)
    assert.equal(meanAbsolutePercentageError([0], [0]), 0)
  })

  test('refuse rows that are none', () => {
    for (const metric of Object.values(all)) {
      const fails = (run: () => number, message: RegExp): void =>
        assertFails(run, 'TRAINING_INVALID', message)
      fails(() => metric([], []), /there are 0 rows/)
      fails(() => metric([1, NaN], [1, 1]), /row 1: the target is NaN/)
      fails(() => metric([1, 1], [-Infinity, 1]), /row 0: the prediction is -Infinity/)
      fails(() => metric([1, 1], [1, 1], { weights: [1, -2] }), /row 1: the weight is -2/)
      assertFails(() => metric([1, 1], [1]), 'SHAPE_MISMATCH', /2 targets but 1 predictions/)
    }
    assertFails(
      () => r2Score([1], [1]),
      'TRAINING_INVALID',
      /there are 1 rows, expected at least 2/,
    )
    const run = (): number => meanPinballLoss([1], [1], { alpha: 2 })
    assertFails(run, 'TRAINING_INVALID', /'alpha' is 2/)
  })
})

describe('multiclassLogLoss', () => {
  test('of two classes is the log loss', () => {
    fc.assert(
      fc.property(labelled(), ({ target, probability }) => {
        const values = probability.flatMap((p) => [1 - p, p])
        const probabilities = { rows: target.length, columns: 2, values }
        assertClose(multiclassLogLoss(target, probabilities), logLoss(target, probability))
      }),
    )
  })

  test('weighs the rows', () => {
    const probabilities = { rows: 2, columns: 2, values: [0.5, 0.5, 0.25, 0.75] }
    // 3·ln 2 + 1·ln 4 over 4
    const expected = (3 * Math.log(2) + Math.log(4)) / 4
    assertClose(multiclassLogLoss([0, 0], probabilities, { weights: [3, 1] }), expected)
  })

  test('refuses targets and probabilities that are none', () => {
    const loss = (target: number[], values: number[], columns = 3): number =>
      multiclassLogLoss(target, { rows: 1, columns, values })
    const fails = (run: () => number, message: RegExp): void =>
      assertFails(run, 'TRAINING_INVALID', message)
    fails(() => loss([3], [0.5, 0.5, 0]), /row 0: the target is 3, expected a class from 0 to 2/)
    fails(() => loss([0.5], [0.5, 0.5, 0]), /row 0: the target is 0\.5/)
    fails(() => loss([0], [0.5, 0.4, 0]), /row 0: the probabilities add up to 0\.9/)
    fails(() => loss([0], [1.5, -0.5, 0]), /row 0: the probability of class 0 is 1\.5/)
    fails(() => loss([0], [1, NaN, 0]), /row 0: the probability of class 1 is NaN/)
    fails(() => loss([0], [1], 1), /1 rows of 1 classes/)
    assertFails(() => loss([0, 1], [1, 0, 0]), 'SHAPE_MISMATCH', /2 targets and 3 probabilities/)
  })
})

describe('expectedCalibrationError', () => {
  test('is the mean distance of the bins, weighed by their rows', () => {
    // Bin (0.2, 0.3]: 2 rows of ¼, one of class 1: |½ − ¼|. Bin (0.7, 0.8]: 1 row of ¾ of class 1: ¼.
    const error = expectedCalibrationError([0, 1, 1], [0.25, 0.25, 0.75])
    assertClose(error, (2 * 0.25 + 0.25) / 3)
    assertClose(expectedCalibrationError([0, 1, 1], [0.25, 0.25, 0.75], { bins: 1 }), 0.25)
  })

  test('is 0 when each bin holds what it promises, and at most 1', () => {
    assert.equal(expectedCalibrationError([0, 1, 0, 1, 1, 1], [0.5, 0.5, 0, 1, 1, 1]), 0)
    assert.equal(expectedCalibrationError([0, 1], [1, 0]), 1)
    fc.assert(
      fc.property(labelled(), ({ target, probability }) => {
        const error = expectedCalibrationError(target, probability)
        assert.ok(error >= 0 && error <= 1)
        // With one bin it is the distance of the means, and more bins cannot be nearer.
        const one = expectedCalibrationError(target, probability, { bins: 1 })
        assert.ok(error >= one - 1e-12)
      }),
    )
  })

  test('refuses bins that are none', () => {
    const run = (): number => expectedCalibrationError([0, 1], [0, 1], { bins: 0 })
    assertFails(run, 'TRAINING_INVALID', /'bins' is 0/)
  })
})
