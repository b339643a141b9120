/** A row of weight 2 is the row twice, in a step, in the encoding and where the epoch is chosen. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom } from '../../../src/core/random.ts'
import { holdOut } from '../../../src/training/hold-out.ts'
import {
  type NeuralData,
  type NeuralParameters,
  type NeuralProgress,
  scoreNeural,
} from '../../../src/training/neural/index.ts'
import { pickRows, pickValues } from '../../../src/training/splitting/pick-rows.ts'
import { assertClose } from '../../assert-close.ts'
import { generateRows } from './generated.ts'
import { fit } from './fit-small.ts'

describe('weights of fitNeural', () => {
  /** One step an epoch, and nothing that is drawn but the first parameters: the gradient is that of all rows. */
  const whole = { batchSize: 10_000, dropout: 0, validationShare: 0, maxEpochs: 12 }

  for (const objective of ['binary', 'regression', 'multiclass'] as const) {
    test(`of ${objective} are rows that often: losses, encoding, and what is learnt`, () => {
      const data = weigh(generateRows(17, 240, objective))
      const given = fitWithLosses(data, { ...whole, objective })
      const repeated = fitWithLosses(repeatRows(data), { ...whole, objective })
      assert.equal(given.losses.length, 12)
      given.losses.forEach((loss, i) => assertClose(loss, repeated.losses[i]!, 1e-5))
      given.scores.forEach((score, i) => assertNear(score, repeated.scores[i]!))
    })
  }

  test('of the rows held back choose the epoch', () => {
    // Of each class the same rows are held back; those of weight 9 follow another rule than the many of weight 1.
    const data = generateRows(18, 600, 'regression')
    const isHeavy = (row: number): boolean => row % 4 === 0
    const y = data.y.map((value, row) => (isHeavy(row) ? -value : value))
    const weights = y.map((_, row) => (isHeavy(row) ? 9 : 1))
    const settings = { objective: 'regression', validationShare: 0.3, maxEpochs: 20 } as const
    const progress: NeuralProgress[] = []
    const weighted = fit({ ...data, y, weights }, settings, {
      onEpoch: (one) => progress.push(one),
    })
    const best = progress[weighted.epoch - 1]!.validationLoss!
    assert.equal(best, Math.min(...progress.map((one) => one.validationLoss!)))
    const { validation } = holdOut(y, {
      hasClasses: false,
      share: 0.3,
      random: createRandom(1).fork('validation'),
    })
    const scores = scoreNeural(weighted, data.x)
    const [sum, total] = [...validation].reduce(
      ([a, b], row) => [a + weights[row]! * (y[row]! - scores[row]!) ** 2, b + weights[row]!],
      [0, 0],
    )
    assertClose(best, sum / total, 1e-5)
  })

  test('that are equal are none, byte for byte, and doubled they are the same', () => {
    const data = generateRows(19, 200)
    const equal = (weight: number): NeuralData => ({ ...data, weights: data.y.map(() => weight) })
    assert.deepEqual(fit(equal(0.1)), fit(data))
    const weighted = weigh(data)
    const doubled = { ...data, weights: weighted.weights!.map((weight) => 2 * weight) }
    assert.deepEqual(fit(doubled), fit(weighted))
    assert.notDeepEqual(fit(weighted).layers, fit(data).layers)
  })

  test('of 0 leave the row out, byte for byte, whatever stands in it', () => {
    const data = weigh(generateRows(20, 200))
    const weights = data.weights!
    const kept = Int32Array.from(weights.keys()).filter((row) => weights[row]! > 0)
    assert.ok(kept.length < 200)
    const { columns, rows } = data.x
    const values = data.x.values.map((cell, i) =>
      weights[Math.floor(i / columns)] === 0 ? 12345 : cell,
    )
    const spoilt = { ...data, x: { rows, columns, values } }
    const left = {
      ...data,
      x: pickRows(data.x, kept),
      y: pickValues(data.y, kept),
      weights: pickValues(weights, kept),
    }
    assert.deepEqual(fit(spoilt), fit(left))
  })

  for (const threads of [2, 4]) {
    test(`are the same in ${threads} threads, and from a checkpoint`, () => {
      const data = weigh(generateRows(7, 400))
      const settings = { maxEpochs: 3, batchSize: 100 }
      let resumeFrom: Uint8Array | undefined
      const onEpoch = ({ epoch }: NeuralProgress): void => {
        if (epoch === 2) resumeFrom = last
      }
      let last: Uint8Array | undefined
      const onCheckpoint = (bytes: Uint8Array): void => {
        last = Uint8Array.from(bytes)
      }
      const model = fit(data, settings, { threads, onEpoch, onCheckpoint })
      assert.deepEqual(model, fit(data, settings))
      assert.deepEqual(model, fit(data, settings, { isPlain: true, resumeFrom }))
      const others = [
        { ...data, weights: undefined },
        { ...data, weights: data.weights!.map((weight, row) => (row === 3 ? 5 : weight)) },
      ]
      for (const other of others) {
        assert.throws(() => fit(other, settings, { resumeFrom }), { code: 'CHECKPOINT_INVALID' })
      }
    })
  }

  test('that are none are refused, all at once, with all that is wrong beside them', () => {
    const data = generateRows(15, 9)
    const weights = Float64Array.of(1, -1, NaN, Infinity, 1e31, 0, 1, 1, 1)
    const y = data.y.map((value, row) => (row === 8 ? 3 : value))
    assert.throws(() => fit({ ...data, y, weights }, { dropout: 1 }), {
      code: 'TRAINING_INVALID',
      message: new RegExp(
        [
          "^'dropout' is 1, .*",
          'row 1: the weight is -1, expected a number from 0 to 1e\\+30',
          'row 2: the weight is NaN, .*',
          'row 3: the weight is Infinity, .*',
          'row 4: the weight is 1e\\+31, .*',
          'row 8: the target is 3, expected 0 or 1$',
        ].join('; '),
      ),
    })
    assert.throws(() => fit({ ...data, weights: new Float64Array(9) }), {
      message: 'all weights are 0, expected a row that counts',
    })
    assert.throws(() => fit({ ...data, weights: new Float64Array(8) }), { code: 'SHAPE_MISMATCH' })
  })

  test('that leave one value, or a class without a row, are refused', () => {
    const data = generateRows(15, 90, 'multiclass')
    const keep = (isKept: (y: number) => boolean): NeuralData => ({
      ...data,
      weights: data.y.map((value) => Number(isKept(value))),
    })
    const fitClasses = (given: NeuralData) => () => fit(given, { objective: 'multiclass' })
    assert.throws(fitClasses(keep((y) => y === 1)), {
      message:
        /^the target is 1 in all \d+ rows with a weight above 0, expected at least two values/,
    })
    for (const left of [0, 2]) {
      assert.throws(fitClasses(keep((y) => y !== left)), {
        message: `no row is of class ${left}, expected every class up to the last`,
      })
    }
  })
})

/** Weights 0 to 3. */
function weigh(data: NeuralData): NeuralData {
  return { ...data, weights: data.y.map((_, row) => (row * 7) % 4) }
}

/** Each row as often as it weighs. */
function repeatRows({ x, y, inputs, weights }: NeuralData): NeuralData {
  const rows = Int32Array.from(
    [...weights!].flatMap((weight, row) => Array<number>(weight).fill(row)),
  )
  return { x: pickRows(x, rows), y: pickValues(y, rows), inputs }
}

function fitWithLosses(
  data: NeuralData,
  parameters: Partial<NeuralParameters>,
): { readonly losses: readonly number[]; readonly scores: Float32Array } {
  const losses: number[] = []
  const onEpoch = ({ trainLoss }: NeuralProgress): void => void losses.push(trainLoss)
  const model = fit(data, parameters, { onEpoch })
  const { x } = generateRows(1, 300)
  // Every fifth row has a code that was never seen.
  const values = x.values.map((cell, i) => (i % 15 === 2 ? 55 : cell))
  return { losses, scores: scoreNeural(model, { ...x, values }) }
}

/** Near 0, where a score is the difference of larger numbers, float32 leaves an absolute error. */
function assertNear(actual: number, expected: number): void {
  assertClose(actual, expected, 1e-3 * Math.max(1, 1 / Math.abs(expected)))
}
