import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { rocAucScore } from '../../../src/training/metrics/index.ts'
import {
  fitNeural,
  type NeuralData,
  type NeuralParameters,
  type NeuralProgress,
  scoreNeural,
} from '../../../src/training/neural/index.ts'
import { generateRows } from './generated.ts'
import { fit } from './fit-small.ts'

describe('fitNeural', () => {
  test('learns a curve and categories that no line can', () => {
    const model = fit(generateRows(1, 1500))
    const fresh = generateRows(2, 1500)
    const auc = rocAucScore(fresh.y, Float64Array.from(scoreNeural(model, fresh.x)))
    assert.ok(auc > 0.93, `AUC ${auc}`)
  })

  test('learns a number in its own unit', () => {
    const model = fit(generateRows(3, 1500, 'regression'), { objective: 'regression' })
    const fresh = generateRows(4, 1500, 'regression')
    const scores = scoreNeural(model, fresh.x)
    const error = meanOf(fresh.y.map((value, row) => (value - scores[row]!) ** 2))
    const mean = meanOf(fresh.y)
    const variance = meanOf(fresh.y.map((value) => (value - mean) ** 2))
    assert.ok(1 - error / variance > 0.75, `R² ${1 - error / variance}`)
  })

  test('learns classes', () => {
    const model = fit(generateRows(5, 1500, 'multiclass'), { objective: 'multiclass' })
    const fresh = generateRows(6, 1500, 'multiclass')
    const scores = scoreNeural(model, fresh.x)
    const right = meanOf(
      fresh.y.map((value, row) => {
        const own = scores.subarray(row * 3, row * 3 + 3)
        return own.indexOf(Math.max(...own)) === value ? 1 : 0
      }),
    )
    assert.ok(right > 0.75, `accuracy ${right}`)
  })

  test('gives the same weights for the same seed and others for another', () => {
    const data = generateRows(7, 300)
    assert.deepEqual(fit(data), fit(data))
    assert.notDeepEqual(fit(data).layers, fit(data, {}, { random: createRandom(2) }).layers)
  })

  test('gives the same weights without WebAssembly', () => {
    const data = generateRows(8, 200, 'regression')
    const settings = { objective: 'regression', maxEpochs: 3 } as const
    assert.deepEqual(fit(data, settings), fit(data, settings, { isPlain: true }))
  })

  for (const threads of [2, 3, 4]) {
    test(`gives the same weights in ${threads} threads`, () => {
      const data = generateRows(7, 500)
      const settings = { maxEpochs: 4, batchSize: 100 }
      assert.deepEqual(fit(data, settings, { threads }), fit(data, settings))
    })
  }

  test('resumed after any epoch it gives the weights of a fit that was not interrupted', () => {
    const data = generateRows(9, 200)
    const checkpoints: Uint8Array[] = []
    const whole = fit(data, { maxEpochs: 6 }, { onCheckpoint: (bytes) => checkpoints.push(bytes) })
    assert.equal(checkpoints.length, 6)
    for (const resumeFrom of checkpoints) {
      assert.deepEqual(fit(data, { maxEpochs: 6 }, { resumeFrom }), whole)
    }
  })

  test('a checkpoint of a shorter fit goes on as a longer one', () => {
    const data = generateRows(10, 200)
    let resumeFrom: Uint8Array | undefined
    fit(data, { maxEpochs: 2 }, { onCheckpoint: (bytes) => (resumeFrom = bytes) })
    assert.deepEqual(
      fit(data, { maxEpochs: 5 }, { resumeFrom: resumeFrom! }),
      fit(data, { maxEpochs: 5 }),
    )
  })

  test('keeps the weights of the epoch with the lowest validation loss and ends after patience', () => {
    const progress: NeuralProgress[] = []
    const data = noise(200)
    const model = fit(
      data,
      { maxEpochs: 200, patience: 4 },
      { onEpoch: (one) => progress.push(one) },
    )
    const losses = progress.map((one) => one.validationLoss!)
    const best = losses.indexOf(Math.min(...losses)) + 1
    assert.equal(model.epoch, best)
    assert.equal(progress.length, best + 4)
    assert.equal(progress.at(-1)!.bestEpoch, best)
  })

  test('without rows held back it keeps the last weights', () => {
    const progress: NeuralProgress[] = []
    const settings = { maxEpochs: 4, validationShare: 0 }
    const model = fit(noise(60), settings, { onEpoch: (one) => progress.push(one) })
    assert.equal(model.epoch, 4)
    assert.deepEqual(
      progress.map((one) => one.validationLoss),
      [undefined, undefined, undefined, undefined],
    )
  })

  test('weight decay makes the weights smaller', () => {
    const data = generateRows(11, 300)
    const size = (weightDecay: number): number => {
      const { layers } = fit(data, { weightDecay, validationShare: 0, maxEpochs: 10 })
      return meanOf(layers.flatMap(({ weights }) => Array.from(weights, Math.abs)))
    }
    assert.ok(size(10) < size(0) / 2)
  })

  test('scores a code never seen as the mean of those that were, and a missing one as learnt', () => {
    const model = fit(generateRows(12, 400))
    const table = model.tables[0]!
    const { levels, hasMissing, width } = model.encoding.categories[0]!
    assert.deepEqual(levels, [-2, 3, 7, 8, 100])
    assert.equal(hasMissing, true)
    assert.equal(table.length, (1 + 5 + 1) * width)
    const seen = Array.from({ length: 6 }, (_, row) => table[(row + 1) * width]!)
    assert.ok(table[0]! > Math.min(...seen) && table[0]! < Math.max(...seen))
  })

  test('any numbers of rows, columns, units and batch size give finite scores', () => {
    const shape = fc.record({
      rows: fc.integer({ min: 2, max: 40 }),
      columns: fc.integer({ min: 1, max: 20 }),
      units: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 3 }),
      batchSize: fc.integer({ min: 1, max: 50 }),
      seed: fc.nat(1000),
    })
    fc.assert(
      fc.property(shape, ({ rows, columns, units, batchSize, seed }) => {
        const data = strange(rows, columns, seed)
        const settings = { hiddenUnits: units, batchSize, maxEpochs: 2, learningRate: 0.001 }
        const scores = scoreNeural(fit(data, settings), data.x)
        assert.equal(scores.length, rows)
        assert.ok(scores.every(Number.isFinite))
      }),
      { numRuns: 40 },
    )
  })
})

describe('fitNeural refuses', () => {
  test('all bad parameters and cells at once, with the nearest name', () => {
    const data = generateRows(13, 10)
    data.x.values[0] = Infinity
    data.x.values[4] = -1
    const parameters = { hidenUnits: [8], dropout: 1, batchSize: 0.5, hiddenUnits: [0] }
    assert.throws(() => fitNeural(data, parameters, { random: createRandom(1) }), {
      code: 'TRAINING_INVALID',
      message:
        "there is no parameter 'hidenUnits' (did you mean 'hiddenUnits'?); " +
        "'hiddenUnits[0]' is 0, expected an integer from 1 to 8192; " +
        "'dropout' is 1, expected a number from 0 to below 1; " +
        "'batchSize' is 0.5, expected an integer from 1 to 1048576; " +
        'row 0, column 0 is Infinity, expected a finite number or NaN; ' +
        'row 1, column 1 is -1, expected a finite number above -1, or NaN',
    })
  })

  test('names twenty problems and counts the rest', () => {
    const data = generateRows(14, 30)
    data.x.values.fill(Infinity)
    assert.throws(() => fit(data), /row 6, column 1 is Infinity.*; and 70 more problems$/)
  })

  const targets: readonly [string, Partial<NeuralParameters>, readonly number[], RegExp][] = [
    ['a constant target', {}, [1, 1], /^the target is 1 in all 2 rows, expected at least two/],
    ['one row', {}, [1], /^the target is 1 in the only row, expected at least two/],
    ['no rows', {}, [], /^there are no rows/],
    ['another class', {}, [0, 2, NaN], /^row 1: the target is 2, .*; row 2: the target is NaN, /],
    ['an infinite number', { objective: 'regression' }, [0, -Infinity], /^row 1: .* -Infinity, /],
    ['a class without rows', { objective: 'multiclass' }, [0, 2, 2], /^no row is of class 1, /],
    ['half a class', { objective: 'multiclass' }, [0, 0.5, 1], /^row 1: the target is 0.5, /],
  ]
  for (const [name, parameters, y, message] of targets) {
    test(name, () => {
      const x = { rows: y.length, columns: 1, values: Float32Array.from(y.keys()) }
      const data: NeuralData = { x, y: Float64Array.from(y), inputs: ['standardize'] }
      assert.throws(() => fit(data, parameters), { code: 'TRAINING_INVALID', message })
    })
  }

  test('a decay that turns the weights around', () => {
    assert.throws(() => fit(noise(9), { learningRate: 1, weightDecay: 2 }), {
      message: /^'learningRate' times 'weightDecay' is 2, expected a number from 0 to 1$/,
    })
  })

  test('no threads, or half a one', () => {
    for (const threads of [0, 1.5, NaN]) {
      assert.throws(() => fit(noise(9), {}, { threads }), {
        code: 'TRAINING_INVALID',
        message: `'threads' is ${threads}, expected an integer from 1 on`,
      })
    }
  })

  test('a network that does not fit into memory', () => {
    assert.throws(() => fit(noise(9), { hiddenUnits: Array<number>(16).fill(8192) }), {
      code: 'TRAINING_INVALID',
      message:
        /^a network of 8-8192-.*-8 units and its batches take \d+\.\d GiB, expected less than 4$/,
    })
  })

  test('an objective by another name', () => {
    // @ts-expect-error -- what plain JavaScript may pass
    assert.throws(() => fit(generateRows(15, 9), { objective: 'binry' }), /did you mean 'binary'\?/)
  })

  test('data whose parts do not agree', () => {
    const { x, y } = generateRows(15, 9)
    assert.throws(() => fit({ x, y, inputs: [] }), { code: 'SHAPE_MISMATCH' })
    assert.throws(() => scoreNeural(fit(noise(20)), x), { code: 'SHAPE_MISMATCH' })
  })

  test('a loss that is not finite, naming the epoch and the learning rate', () => {
    const hiddenUnits = Array<number>(16).fill(64)
    const settings = { objective: 'regression', learningRate: 10, hiddenUnits } as const
    assert.throws(() => fit(generateRows(16, 100, 'regression'), settings), {
      code: 'TRAINING_DIVERGED',
      message: /^the loss is (NaN|Infinity) in epoch 1$/,
      hint: /^lower the learning rate, which is 10, /,
    })
  })

  test('a last step that leads to no numbers, where no rows are held back to see it', () => {
    const hiddenUnits = Array<number>(16).fill(64)
    const blown = {
      objective: 'regression',
      learningRate: 10,
      weightDecay: 0,
      hiddenUnits,
    } as const
    const steps = { maxEpochs: 2, batchSize: 256, validationShare: 0, dropout: 0 }
    assert.throws(() => fit(generateRows(1, 100, 'regression'), { ...blown, ...steps }), {
      code: 'TRAINING_DIVERGED',
      message: 'the loss is NaN in epoch 2',
    })
  })

  test('to go on once its signal is aborted', () => {
    const controller = new AbortController()
    const stopAtTwo = ({ epoch }: NeuralProgress): void => {
      if (epoch === 2) controller.abort()
    }
    assert.throws(() => fit(noise(50), {}, { signal: controller.signal, onEpoch: stopAtTwo }), {
      code: 'INTERRUPTED',
    })
  })

  test('a checkpoint of other rows, that is cut short, or that is none', () => {
    let checkpoint = new Uint8Array()
    const data = noise(50)
    fit(data, { maxEpochs: 1 }, { onCheckpoint: (bytes) => (checkpoint = Uint8Array.from(bytes)) })
    const code = 'CHECKPOINT_INVALID'
    const resume = (other: NeuralData, resumeFrom: Uint8Array) => () =>
      fit(other, {}, { resumeFrom })
    assert.throws(resume(noise(51), checkpoint), {
      code,
      message: /^the checkpoint is of other rows/,
    })
    assert.throws(resume(data, checkpoint.subarray(0, -4)), { code, message: /bytes, expected/ })
    assert.throws(resume(data, checkpoint.subarray(3)), { code, message: /^this is no checkpoint/ })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (garbage) => {
        const bytes = Buffer.concat([checkpoint.subarray(0, 28), garbage])
        assert.throws(resume(data, bytes), { code })
      }),
    )
  })
})

/** A target that has nothing to do with the numbers. */
function noise(rows: number): NeuralData {
  const random = createRandom(rows)
  const values = Float32Array.from({ length: rows * 4 }, () => random.next())
  const y = Float64Array.from({ length: rows }, (_, row) => row % 2)
  return { x: { rows, columns: 4, values }, y, inputs: Array(4).fill('standardize') }
}

/** Columns that are constant, missing altogether, huge, or codes. */
function strange(rows: number, columns: number, seed: number): NeuralData {
  const random = createRandom(seed)
  const draws = [
    () => 7,
    () => NaN,
    () => random.nextInteger(6),
    () => (random.next() - 0.5) * 1e30,
    () => (random.next() < 0.5 ? NaN : random.next()),
  ]
  const kinds = Array.from({ length: columns }, () => random.nextInteger(draws.length))
  const values = Float32Array.from({ length: rows * columns }, (_, i) =>
    draws[kinds[i % columns]!]!(),
  )
  return {
    x: { rows, columns, values },
    y: Float64Array.from({ length: rows }, (_, row) => row % 2),
    inputs: kinds.map((kind) => (kind < 3 ? 'embedding' : 'standardize')),
  }
}

function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0) / values.length
}
