import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Matrix } from '../../src/core/matrix.ts'
import { createRandom } from '../../src/core/random.ts'
import type { Feature } from '../../src/data/features.ts'
import { sigmoid } from '../../src/math/index.ts'
import { compileModel, decodeModel, encodeModel } from '../../src/model/index.ts'
import { fitBoosting, scoreTrees } from '../../src/training/boosting/index.ts'
import { exportBoosting } from '../../src/training/export-boosting.ts'
import { exportLogistic } from '../../src/training/export-logistic.ts'
import { encodeLinearDesign, fitLinearDesign } from '../../src/training/linear-design.ts'
import { fitLogistic, scoreLogistic } from '../../src/training/linear/index.ts'
import { trainModel, type ModelConfig } from '../../src/training/train.ts'
import { assertClose } from '../assert-close.ts'

const features: readonly Feature[] = [
  { name: 'age', field: { type: 'number', nullable: true }, encoding: 'standardize' },
  { name: 'debt', field: { type: 'number', min: 0 }, encoding: 'log1p' },
  { name: 'late', field: { type: 'boolean' }, encoding: 'as-is' },
  {
    name: 'town',
    field: { type: 'category', levels: [-1, 0, 3, 8], nullable: true },
    encoding: 'one-hot',
  },
]

describe('the exported graph', () => {
  test('of a logistic model scores as the model in memory does', () => {
    const { x, y } = rows(400)
    const design = fitLinearDesign(features, x)
    const fitted = fitLogistic(encodeLinearDesign(design, x), y, { l2: 1 })
    const model = exportLogistic(design, { columns: 4, ...fitted })
    const held = strangeRows()
    const expected = scoreLogistic(fitted, encodeLinearDesign(design, held)).map(sigmoid)
    assertAllClose(compileModel(decodeModel(encodeModel(model)))(held), expected)
  })

  test('of boosted trees scores as the trees in memory do, missing and unseen values too', () => {
    const { x, y } = rows(400)
    const categorical = [false, false, false, true]
    const model = fitBoosting(
      { x, y, categorical },
      { rounds: 20, maxLeaves: 8, minRowsPerLeaf: 5 },
      { random: createRandom(1) },
    )
    assert.ok(model.trees.some((tree) => tree.categories.some((set) => set !== undefined)))
    const held = strangeRows()
    const expected = scoreTrees(model, held).map(sigmoid)
    assertAllClose(compileModel(decodeModel(encodeModel(exportBoosting(model, 4))))(held), expected)
  })
})

const configs: readonly ModelConfig[] = [
  { kind: 'logistic', l2: 1, maxIterations: 50 },
  { kind: 'boosting', seed: 3, parameters: { rounds: 10, maxLeaves: 4, minRowsPerLeaf: 5 } },
  { kind: 'neural', seed: 3, parameters: { hiddenUnits: [8], maxEpochs: 5 } },
]

for (const config of configs) {
  describe(`trainModel: ${config.kind}`, () => {
    test('gives the same bytes for the same rows', () => {
      const data = rows(300)
      assert.deepEqual(
        encodeModel(trainModel(config, features, data)),
        encodeModel(trainModel(config, features, data)),
      )
    })

    test('tells its loss after every step, and ends lower than it began', () => {
      const losses: number[] = []
      trainModel(config, features, rows(300), { onStep: ({ loss }) => losses.push(loss) })
      assert.ok(losses.length > 1)
      assert.ok(losses.at(-1)! < losses[0]!)
    })

    test('a target of one class is refused', () => {
      const { x } = rows(20)
      assert.throws(() => trainModel(config, features, { x, y: new Float64Array(20) }), {
        code: 'TRAINING_INVALID',
      })
    })

    test('an aborted signal stops it', () => {
      const signal = AbortSignal.abort()
      assert.throws(() => trainModel(config, features, rows(50), { signal }), {
        code: 'INTERRUPTED',
      })
    })
  })
}

describe('fitLinearDesign', () => {
  test('a missing number takes the mean, a missing or unseen category is all zeros', () => {
    const x = matrix([
      [1, 0, 0, 3],
      [3, 0, 1, 8],
    ])
    const design = fitLinearDesign(features, x)
    const { values, columns } = encodeLinearDesign(design, matrix([[NaN, 0, 1, 99]]))
    // late 1 - mean 0.5, age missing → mean → 0, debt constant → 0, four levels of town
    assert.deepEqual([...values], [0.5, 0, 0, 0, 0, 0, 0])
    assert.equal(columns, 7)
  })

  test('standardizes with the population deviation', () => {
    const design = fitLinearDesign([features[0]!], matrix([[1], [3]]))
    // mean 2, deviation sqrt(((1-2)² + (3-2)²) / 2) = 1
    assert.deepEqual([...encodeLinearDesign(design, matrix([[5]])).values], [3])
  })
})

function assertAllClose(actual: Float32Array, expected: Float64Array): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, i) => assertClose(value, expected[i]!, 1e-6))
}

function rows(count: number): { x: Matrix; y: Float64Array } {
  const random = createRandom(5)
  const levels = [-1, 0, 3, 8]
  const cells = Array.from({ length: count }, () => [
    random.next() < 0.1 ? NaN : random.next() * 50,
    random.next() * 1000,
    random.next() < 0.5 ? 1 : 0,
    random.next() < 0.1 ? NaN : levels[random.nextInteger(4)]!,
  ])
  const y = cells.map(([age, debt, late, town]) =>
    Number(
      random.next() <
        sigmoid((age! || 25) / 25 - 1 + debt! / 500 - 1 + late! + (town === 3 ? 1.5 : -0.5)),
    ),
  )
  return { x: matrix(cells), y: Float64Array.from(y) }
}

/** Ordinary rows, and rows with all that serving can meet: missing, unseen, huge, on the edge. */
function strangeRows(): Matrix {
  const ordinary = Array.from({ length: 50 }, (_, i) => [i, i * 20, i % 2, [-1, 0, 3, 8][i % 4]!])
  return matrix([
    ...ordinary,
    [NaN, 0, 0, NaN],
    [1e9, 1e9, 1, 8],
    [-1e9, 0, 1, 99],
    [25, 500, 0, 0.5],
  ])
}

function matrix(cells: readonly (readonly number[])[]): Matrix {
  return {
    rows: cells.length,
    columns: cells[0]!.length,
    values: Float32Array.from(cells.flat()),
  }
}
