import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Matrix } from '../../../src/core/matrix.ts'
import { createRandom } from '../../../src/core/random.ts'
import type { Feature } from '../../../src/data/features.ts'
import { compileExplainer } from '../../../src/model/explain/compile-explainer.ts'
import { compileModel, decodeModel, encodeModel, type OnnxModel } from '../../../src/model/index.ts'
import { exposeValue, findScores } from '../../../src/training/calibration/append-calibration.ts'
import { appendClassCalibration } from '../../../src/training/calibration/append-class-calibration.ts'
import {
  applyClassCalibration,
  type ClassCalibration,
  fitOneVsRest,
  fitPlatt,
  fitTemperature,
} from '../../../src/training/calibration/index.ts'
import { multiclassLogLoss } from '../../../src/training/metrics/index.ts'
import { trainModel, type ModelConfig } from '../../../src/training/train.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'

const features: readonly Feature[] = ['a', 'b'].map((name) => ({
  name,
  field: { type: 'number' },
  encoding: 'standardize',
}))
const logistic: ModelConfig = { kind: 'logistic', classes: 3, l2: 1, maxIterations: 50 }
/** Far too sure of itself. */
const overfit: ModelConfig = {
  kind: 'boosting',
  seed: 1,
  parameters: { objective: 'multiclass', rounds: 60, learningRate: 0.5, minRowsPerLeaf: 2, l2: 0 },
}

describe('a temperature', () => {
  test('is that of the least log loss: any other is worse', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0.2, max: 3 }), (seed, by) => {
        fc.pre(Math.abs(by - 1) > 0.05)
        const { scores, target } = drawScores(seed)
        const { scale } = fitTemperature(scores, target)
        const lossOf = (given: number): number => {
          const values = applyClassCalibration({ kind: 'temperature', scale: given }, scores)
          return multiclassLogLoss(target, { ...scores, values })
        }
        assert.ok(lossOf(scale) <= lossOf(scale * by))
      }),
      { numRuns: 30 },
    )
  })

  test('of scores that are twice too large is half, whatever rows are added to a score', () => {
    const { scores, target } = drawScores(3)
    const { scale } = fitTemperature(scores, target)
    const values = scores.values.map((score, i) => 2 * score + Math.floor(i / 3))
    assertClose(fitTemperature({ ...scores, values }, target).scale, scale / 2, 1e-9)
  })

  test('of scores that are always right, or tell nothing, is at its bounds or leaves them', () => {
    const right = { rows: 3, columns: 3, values: [1, 0, 0, 0, 1, 0, 0, 0, 1] }
    assert.ok(fitTemperature(right, [0, 1, 2]).scale > 700)
    assertClose(fitTemperature(right, [1, 2, 0]).scale, Math.exp(-10), 1e-9)
    const level = { rows: 3, columns: 3, values: Array<number>(9).fill(4) }
    assert.equal(fitTemperature(level, [0, 1, 2]).scale, 1)
  })
})

describe('a curve for each class', () => {
  test('is the curve of the class against the rest, and shares add up to 1', () => {
    const { scores, target } = drawScores(5)
    const fitted = fitOneVsRest('platt', scores, target)
    const own = (k: number) => scores.values.filter((_, i) => i % 3 === k)
    assert.deepEqual(
      fitted.curves,
      [0, 1, 2].map((k) =>
        fitPlatt(
          own(k),
          target.map((label) => Number(label === k)),
        ),
      ),
    )
    const shares = applyClassCalibration(fitted, scores)
    for (let row = 0; row < scores.rows; row++) {
      assertClose(
        shares.subarray(3 * row, 3 * row + 3).reduce((a, b) => a + b),
        1,
      )
    }
  })

  test('that are all 0 for a row make its classes equally likely', () => {
    const curves = Array.from({ length: 4 }, () => ({
      kind: 'isotonic' as const,
      inputs: [0, 1],
      outputs: [0, 1],
    }))
    const row = { rows: 1, columns: 4, values: [0, 0, 0, 0] }
    const shares = applyClassCalibration({ kind: 'one-vs-rest', curves }, row)
    assert.deepEqual([...shares], [0.25, 0.25, 0.25, 0.25])
  })
})

for (const fit of [fitTemperature, fitOneVsRest.bind(undefined, 'isotonic')]) {
  test(`${fit.name} counts rows by their weights, and refuses what cannot be calibrated`, () => {
    const { scores, target } = drawScores(7)
    const weights = target.map((_, row) => 1 + (row % 2))
    const rows = [...target.keys()].flatMap((row) => (row % 2 === 1 ? [row, row] : [row]))
    const repeated = {
      rows: rows.length,
      columns: 3,
      values: Float64Array.from(
        rows.flatMap((row) => [0, 1, 2].map((k) => scores.values[3 * row + k]!)),
      ),
    }
    const weighted = applyClassCalibration(fit(scores, target, { weights }), scores)
    const twice = fit(
      repeated,
      rows.map((row) => target[row]!),
    )
    applyClassCalibration(twice, scores).forEach((share, i) =>
      assertClose(share, weighted[i]!, 1e-9),
    )

    const two = { rows: 2, columns: 2, values: [1, Number.NaN, 0, 1] }
    assertFails(
      () => fit(two, [0, 2]),
      'TRAINING_INVALID',
      /row 0: the score of class 1 is NaN[^]*row 1: the target is 2, expected a class from 0 to 1[^]*no row is of class 1/,
    )
    assertFails(() => fit(scores, [0]), 'SHAPE_MISMATCH', /1 targets for 150 rows of 3 classes/)
    const none = target.map((label) => Number(label > 0))
    assertFails(
      () => fit(scores, target, { weights: none }),
      'TRAINING_INVALID',
      /no row is of class 0/,
    )
  })
}

describe('a calibrated graph of classes', () => {
  const { x, y } = drawRows(1, 300)
  const model = trainModel(logistic, features, { x, y })
  const raw = compileModel(exposeValue(model, findScores(model, 'Softmax'), 3))(x)
  const scores = { rows: x.rows, columns: 3, values: Float64Array.from(raw) }
  const shares = { ...scores, values: Float64Array.from(compileModel(model)(x)) }

  for (const [name, calibration, given] of [
    ['temperature', fitTemperature(scores, y), scores],
    ["Platt's curves", fitOneVsRest('platt', scores, y), scores],
    ['isotonic curves', fitOneVsRest('isotonic', shares, y), shares],
    ['curves that are 0', zeros(), shares],
  ] as const) {
    test(`gives what ${name} give of its scores`, () => {
      const calibrated = readBack(appendClassCalibration(model, calibration))
      const found = compileModel(calibrated)(x)
      applyClassCalibration(calibration, given).forEach((share, i) =>
        assertClose(found[i]!, share, 2e-6),
      )
    })
  }

  test('by a temperature can still be explained', () => {
    const calibration = { kind: 'temperature', scale: 0.5 } as const
    const names = { columns: ['a', 'b'] }
    const before = compileExplainer(model, names)(x)
    const told = compileExplainer(readBack(appendClassCalibration(model, calibration)), names)(x)
    for (const [k, { base, values }] of told.entries()) {
      assertClose(base, before[k]!.base / 2)
      values.forEach((value, i) => assertClose(value, before[k]!.values[i]! / 2))
    }
  })
})

for (const calibration of ['temperature', 'platt', 'isotonic'] as const) {
  test(`a model that is too sure of itself is told by ${calibration}, with weights too`, () => {
    const rows = drawRows(2, 500)
    const fresh = drawRows(3, 1500)
    const weights = new Float64Array(500).fill(1)
    const lossOf = (model: OnnxModel): number =>
      multiclassLogLoss(fresh.y, {
        rows: 1500,
        columns: 3,
        values: compileModel(readBack(model))(fresh.x),
      })
    const plain = lossOf(trainModel(overfit, features, rows))
    const calibrated = trainModel({ ...overfit, calibration }, features, rows)
    assert.ok(lossOf(calibrated) < 0.9 * plain, `${lossOf(calibrated)} of ${plain}`)
    const weighted = trainModel({ ...overfit, calibration }, features, { ...rows, weights })
    assert.equal(lossOf(weighted), lossOf(calibrated))
  })
}

test('two classes have no temperature', () => {
  const { x, y } = drawRows(1, 60)
  const binary = y.map((label) => Number(label > 0))
  const config = { kind: 'logistic', l2: 1, maxIterations: 20, calibration: 'temperature' } as const
  assertFails(
    () => trainModel(config, features, { x, y: binary }),
    'TRAINING_INVALID',
    /of several classes/,
  )
})

function zeros(): ClassCalibration {
  const curve = { kind: 'isotonic', inputs: [0, 1], outputs: [0, 0] } as const
  return { kind: 'one-vs-rest', curves: [curve, curve, curve] }
}

function readBack(model: OnnxModel): OnnxModel {
  return decodeModel(encodeModel(model))
}

/** Scores of 150 rows and three classes, and classes drawn by the softmax of half of each. */
function drawScores(seed: number) {
  const random = createRandom(seed)
  const values = Float64Array.from({ length: 450 }, () => 8 * random.next() - 4)
  const target = Array.from({ length: 150 }, (_, row) => {
    const powers = [0, 1, 2].map((k) => Math.exp(values[3 * row + k]! / 2))
    let left = random.next() * powers.reduce((a, b) => a + b)
    return Math.max(
      0,
      powers.findIndex((power) => (left -= power) < 0),
    )
  })
  return { scores: { rows: 150, columns: 3, values }, target }
}

function drawRows(seed: number, rows: number): { x: Matrix; y: Float64Array } {
  const random = createRandom(seed)
  const values = Float32Array.from({ length: rows * 2 }, () => 2 * random.next() - 1)
  const y = Float64Array.from({ length: rows }, (_, row) => {
    const noisy = values[2 * row]! + values[2 * row + 1]! * 0.5 + 1.5 * (random.next() - 0.5)
    return noisy > 0.4 ? 2 : noisy > -0.4 ? 1 : 0
  })
  return { x: { rows, columns: 2, values }, y }
}
