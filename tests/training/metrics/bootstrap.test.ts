import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { sigmoid } from '../../../src/math/index.ts'
import {
  accuracyScore,
  averagePrecisionScore,
  bootstrapIntervals,
  brierScoreLoss,
  expectedCalibrationError,
  f1Score,
  kolmogorovSmirnovScore,
  liftScore,
  logLoss,
  pairedBootstrap,
  precisionScore,
  recallScore,
  rocAucScore,
} from '../../../src/training/metrics/index.ts'
import { bootstrapSome } from '../../../src/training/metrics/bootstrap-intervals.ts'
import {
  metricNames,
  prepareMetric,
  prepareMetrics,
} from '../../../src/training/metrics/resampled-metric.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'
import { labelled } from './labelled.ts'

const metrics = {
  rocAuc: rocAucScore,
  averagePrecision: averagePrecisionScore,
  logLoss,
  brier: brierScoreLoss,
  accuracy: accuracyScore,
  precision: precisionScore,
  recall: recallScore,
  f1: f1Score,
  expectedCalibrationError,
  kolmogorovSmirnov: kolmogorovSmirnovScore,
  lift: liftScore,
}

describe('a resampled metric', () => {
  test('equals the metric of the rows written out as often as they count, and so does a weighted one', () => {
    const weighted = labelled().chain((rows) => {
      const others = fc.array(fc.nat({ max: 3 }), {
        minLength: rows.target.length - 2,
        maxLength: rows.target.length - 2,
      })
      return fc.record({
        rows: fc.constant(rows),
        counts: fc.tuple(others).map(([more]) => [1, 2].concat(more)),
      })
    })
    fc.assert(
      fc.property(weighted, ({ rows: { target, probability }, counts }) => {
        const repeat = (values: number[]): number[] =>
          values.flatMap((value, row) => Array.from({ length: counts[row]! }, () => value))
        const all = prepareMetrics(metricNames, target, probability)(Uint32Array.from(counts))
        for (const [i, name] of metricNames.entries()) {
          const metric = metrics[name]
          const resampled = prepareMetric(name, target, probability)
          const expected = metric(repeat(target), repeat(probability))
          assertClose(resampled(Uint32Array.from(counts)), expected)
          assertClose(all[i]!, expected)
          assertClose(metric(target, probability, { weights: counts }), expected)
        }
      }),
    )
  })
})

describe('bootstrapIntervals', () => {
  test('contain the metrics themselves and are as wide as theory says', () => {
    const { target, probability } = simulate(2000, 1)
    const intervals = bootstrapIntervals(target, probability, { random: createRandom(1) })
    for (const [name, [low, high]] of Object.entries(intervals)) {
      const value = metrics[name as keyof typeof metrics](target, probability)
      // Noise adds to every distance that the calibration error is made of.
      if (name === 'expectedCalibrationError') assert.ok(value < high, `${value} ${high}`)
      else assert.ok(low < value && value < high, `${name}: ${low} ${value} ${high}`)
    }
    // A share p of 2,000 rows has a standard error of √(p(1 − p) / 2000); 95 % span 3.92 of them.
    const accuracy = accuracyScore(target, probability)
    const width = intervals.accuracy[1] - intervals.accuracy[0]
    assertClose(width / (3.92 * Math.sqrt((accuracy * (1 - accuracy)) / 2000)), 1, 0.1)
  })

  test('are those of the threshold and the share that are asked for', () => {
    const { target, probability } = simulate(300, 9)
    const draw = (settings: object) =>
      bootstrapIntervals(target, probability, {
        random: createRandom(1),
        replicates: 99,
        ...settings,
      })
    const usual = draw({})
    const other = draw({ threshold: 0.9, share: 0.5 })
    assert.deepEqual(draw({ threshold: 0.5, share: 0.1 }), usual)
    assert.ok(other.recall[1] < usual.recall[0])
    assert.ok(other.lift[1] < usual.lift[1])
    assert.deepEqual(other.rocAuc, usual.rocAuc)
    assertFails(() => draw({ threshold: 2 }), 'TRAINING_INVALID', /'threshold' is 2/)
    assertFails(() => draw({ share: 0 }), 'TRAINING_INVALID', /'share' is 0/)
  })

  test('are the same when only some are asked for', () => {
    const { target, probability } = simulate(200, 4)
    const draw = () => ({ random: createRandom(7), replicates: 50 })
    const { brier, rocAuc } = bootstrapIntervals(target, probability, draw())
    const some = bootstrapSome(['brier', 'rocAuc'], target, probability, draw())
    assert.deepEqual(some, [brier, rocAuc])
  })

  test('narrow with a lower level', () => {
    const { target, probability } = simulate(300, 2)
    const at = (level: number): number => {
      const {
        logLoss: [low, high],
      } = bootstrapIntervals(target, probability, { random: createRandom(1), level })
      return high - low
    }
    assert.ok(at(0.5) < at(0.9) && at(0.9) < at(0.99))
  })

  test('are the same for the same seed, and others for another', () => {
    const { target, probability } = simulate(200, 3)
    const draw = (seed: number): unknown =>
      bootstrapIntervals(target, probability, { random: createRandom(seed), replicates: 50 })
    assert.deepEqual(draw(7), draw(7))
    assert.notDeepEqual(draw(7), draw(8))
  })

  test('can be had with a single row of a class', () => {
    const { rocAuc } = bootstrapIntervals([0, 0, 0, 1], [0.1, 0.2, 0.3, 0.9], {
      random: createRandom(1),
    })
    assert.deepEqual(rocAuc, [1, 1])
  })

  test('refuse bad options at once, and bad rows', () => {
    const random = createRandom(1)
    assertFails(
      () => bootstrapIntervals([0, 1], [0, 1], { random, replicates: 1, level: 1 }),
      'TRAINING_INVALID',
      /'replicates' is 1.*'level' is 1/,
    )
    assertFails(
      () => bootstrapIntervals([0, 1], [0, 2], { random }),
      'TRAINING_INVALID',
      /row 1: the probability is 2/,
    )
    assertFails(
      () => bootstrapIntervals([1, 1], [0, 1], { random }),
      'TRAINING_INVALID',
      /of class 1/,
    )
  })
})

describe('pairedBootstrap', () => {
  test('knows the better model, whichever way its metric points', () => {
    const { target, probability } = simulate(500, 4)
    const blurred = probability.map((p, i) => (p + ((i * 7) % 10) / 10) / 2)
    for (const metric of ['rocAuc', 'averagePrecision', 'logLoss', 'brier'] as const) {
      const options = { random: createRandom(1), metric, replicates: 200 }
      const { shareBetter, interval, difference } = pairedBootstrap(
        target,
        blurred,
        probability,
        options,
      )
      assert.ok(shareBetter > 0.95, metric)
      assert.ok(interval[0] < difference && difference < interval[1])
      assertClose(
        difference,
        metrics[metric](target, probability) - metrics[metric](target, blurred),
      )
    }
  })

  test('of a model with itself has no difference and no better one', () => {
    const { target, probability } = simulate(100, 5)
    const options = { random: createRandom(1), metric: 'rocAuc', replicates: 20 } as const
    assert.deepEqual(pairedBootstrap(target, probability, probability, options), {
      difference: 0,
      interval: [0, 0],
      shareBetter: 0,
      pValue: 1,
    })
  })

  test('has a p-value that a margin raises, never 0', () => {
    const { target, probability } = simulate(300, 8)
    const blurred = probability.map((p, i) => (p + ((i * 7) % 10) / 10) / 2)
    const at = (margin: number): number =>
      pairedBootstrap(target, blurred, probability, {
        random: createRandom(1),
        metric: 'logLoss',
        replicates: 99,
        margin,
      }).pValue
    assert.equal(at(0), 0.01)
    assert.ok(at(0.15) > at(0) && at(0.15) < 1, `${at(0.15)}`)
    assert.equal(at(9), 1)
    assertFails(() => at(-1), 'TRAINING_INVALID', /'margin' is -1/)
    assertFails(() => at(NaN), 'TRAINING_INVALID', /'margin' is NaN/)
  })

  test('changes sign when the models change places', () => {
    const { target, probability } = simulate(200, 6)
    const other = probability.map((p) => p ** 2)
    const compare = (a: Float64Array, b: Float64Array) =>
      pairedBootstrap(target, a, b, { random: createRandom(3), metric: 'logLoss', replicates: 100 })
    const forth = compare(probability, other)
    const back = compare(other, probability)
    assertClose(back.difference, -forth.difference)
    assertClose(back.interval[0], -forth.interval[1])
    assertClose(back.shareBetter, 1 - forth.shareBetter)
  })

  test('refuses what is no probability in either model', () => {
    const options = { random: createRandom(1), metric: 'brier' } as const
    assertFails(
      () => pairedBootstrap([0, 1], [0, NaN], [0, 1], options),
      'TRAINING_INVALID',
      /row 1/,
    )
    assertFails(
      () => pairedBootstrap([0, 1], [0, 1], [-1, 1], options),
      'TRAINING_INVALID',
      /row 0/,
    )
    assertFails(() => pairedBootstrap([0, 1], [0, 1], [1], options), 'SHAPE_MISMATCH', /2 targets/)
  })
})

/** Rows whose target is drawn with just the probability that is predicted. */
function simulate(rows: number, seed: number): { target: Float64Array; probability: Float64Array } {
  const random = createRandom(seed)
  const probability = Float64Array.from({ length: rows }, () => sigmoid(6 * random.next() - 3))
  return { probability, target: probability.map((p) => Number(random.next() < p)) }
}
