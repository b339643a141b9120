import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom } from '../../../src/core/random.ts'
import type { Matrix } from '../../../src/core/matrix.ts'
import type { Feature } from '../../../src/data/features.ts'
import { compileExplainer } from '../../../src/model/explain/compile-explainer.ts'
import { compileModel, decodeModel, encodeModel, type OnnxModel } from '../../../src/model/index.ts'
import {
  appendCalibration,
  exposeValue,
  findScores,
} from '../../../src/training/calibration/append-calibration.ts'
import { applyCalibration, fitIsotonic } from '../../../src/training/calibration/index.ts'
import { trainCalibrated } from '../../../src/training/calibration/train-calibrated.ts'
import { expectedCalibrationError } from '../../../src/training/metrics/index.ts'
import { trainModel, type ModelConfig } from '../../../src/training/train.ts'
import { assertClose, assertAllClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'

const features: readonly Feature[] = ['a', 'b'].map((name) => ({
  name,
  field: { type: 'number' },
  encoding: 'standardize',
}))
const logistic: ModelConfig = { kind: 'logistic', l2: 1, maxIterations: 20 }
/** Far too sure of itself. */
const overfit: ModelConfig = {
  kind: 'boosting',
  seed: 1,
  parameters: { rounds: 30, learningRate: 0.5, maxLeaves: 15, minRowsPerLeaf: 2, l2: 0 },
}

describe('a calibrated graph', () => {
  test("scores as Platt's curve of its log odds, and can still be explained", () => {
    const { x, y } = drawRows(1, 200)
    const model = trainModel(logistic, features, { x, y })
    const calibration = { kind: 'platt', slope: 0.5, intercept: -1 } as const
    const calibrated = readBack(appendCalibration(model, calibration))
    const logOdds = compileModel(exposeValue(model, findScores(model, 'Sigmoid'), 1))(x)
    assertAllClose(compileModel(calibrated)(x), applyCalibration(calibration, logOdds), 1e-6)
    const [told] = compileExplainer(calibrated, { columns: ['a', 'b'] })(x)
    const { score, base, values } = told!
    assert.equal(score, 'log-odds')
    assertClose(base + values[0]! + values[1]!, 0.5 * logOdds[0]! - 1, 1e-5)
  })

  test('scores as the isotonic curve of its probability, beyond its points too', () => {
    const { x, y } = drawRows(1, 200)
    const model = trainModel(logistic, features, { x, y })
    const probability = compileModel(model)(x)
    const level = { kind: 'isotonic', inputs: [0.5], outputs: [0.3] } as const
    const half = fitIsotonic(probability.subarray(0, 60), y.subarray(0, 60))
    for (const calibration of [half, level]) {
      const scores = compileModel(readBack(appendCalibration(model, calibration)))(x)
      assertAllClose(scores, applyCalibration(calibration, probability), 1e-6)
    }
  })

  test("by Platt's method needs a graph that ends with a Sigmoid", () => {
    const { x, y } = drawRows(1, 50)
    const model = trainModel({ ...logistic, kind: 'linear' }, features, { x, y })
    assertFails(
      () => findScores(model, 'Sigmoid'),
      'TRAINING_INVALID',
      /ends with Gemm, expected a Sigmoid/,
    )
  })
})

for (const method of ['platt', 'isotonic'] as const) {
  describe(`trainCalibrated: ${method}`, () => {
    test('makes a model honest that is too sure of itself', () => {
      const rows = drawRows(2, 800)
      const fresh = drawRows(3, 3000)
      const train = (given: { x: Matrix; y: Float64Array }) => trainModel(overfit, features, given)
      const errorOf = (model: OnnxModel): number =>
        expectedCalibrationError(fresh.y, Float64Array.from(compileModel(model)(fresh.x)))
      const calibrated = errorOf(readBack(trainCalibrated(method, rows, train)))
      const raw = errorOf(train(rows))
      assert.ok(calibrated < 0.7 * raw, `${calibrated} of ${raw}`)
    })

    test('fits five times to learn, and tells which fit is kept', () => {
      const rows = drawRows(2, 100)
      const seen: string[] = []
      trainCalibrated(method, rows, (given, isLast) => {
        seen.push(`${given.y.length} ${isLast}`)
        return trainModel(logistic, features, given)
      })
      assert.deepEqual(seen, [...Array.from({ length: 5 }, () => '80 false'), '100 true'])
    })

    test('refuses a class with fewer rows than folds', () => {
      const { x } = drawRows(2, 20)
      const y = Float64Array.from({ length: 20 }, (_, row) => Number(row < 3))
      assertFails(
        () => trainCalibrated(method, { x, y }, () => assert.fail('nothing is fitted')),
        'TRAINING_INVALID',
        /class 1 has 3 rows, expected one for each of 5 folds/,
      )
    })
  })
}

function readBack(model: OnnxModel): OnnxModel {
  return decodeModel(encodeModel(model))
}

function drawRows(seed: number, rows: number): { x: Matrix; y: Float64Array } {
  const random = createRandom(seed)
  const values = Float32Array.from({ length: rows * 2 }, () => 2 * random.next() - 1)
  const y = Float64Array.from({ length: rows }, (_, row) =>
    Number(random.next() < 0.5 + 0.4 * values[2 * row]!),
  )
  return { x: { rows, columns: 2, values }, y }
}
