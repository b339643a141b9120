import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Matrix } from '../../src/core/matrix.ts'
import { createRandom } from '../../src/core/random.ts'
import type { Feature } from '../../src/data/features.ts'
import { sigmoid } from '../../src/math/index.ts'
import { compileModel, decodeModel, encodeModel } from '../../src/model/index.ts'
import { fitBoosting, predictTrees, scoreTrees } from '../../src/training/boosting/index.ts'
import { exportBoosting } from '../../src/training/export-boosting.ts'
import { exportLinear } from '../../src/training/export-linear.ts'
import {
  encodeLinearDesign,
  fitLinearDesign,
  type LinearDesign,
} from '../../src/training/linear-design.ts'
import {
  fitLinear,
  fitLogistic,
  scoreLinear,
  scoreLogistic,
} from '../../src/training/linear/index.ts'
import { trainModel, type ModelConfig, type TrainingStep } from '../../src/training/train.ts'
import { assertAllClose, assertClose } from '../assert-close.ts'
import { assertFails } from './assert-fails.ts'

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

test('a linear fit that is cut off says so, one that ends by itself does not', () => {
  const warnings: string[] = []
  for (const maxIterations of [1, 50]) {
    const config: ModelConfig = { kind: 'logistic', l2: 1, maxIterations }
    trainModel(config, features, rows(300), { onWarning: (warning) => warnings.push(warning) })
  }
  assert.deepEqual(warnings, ['the fit is cut off after 1 iterations: allow more'])
})

test('the loss that a linear model tells last is that of its answers, as boosting tells it', () => {
  const { x, y } = rows(300)
  for (const kind of ['linear', 'logistic'] as const) {
    const told: number[] = []
    const config: ModelConfig = { kind, l2: 40, maxIterations: 50 }
    const onStep = ({ loss }: TrainingStep): number => told.push(loss)
    const answers = compileModel(trainModel(config, features, { x, y }, { onStep }))(x)
    const losses = [...answers].map((answer, row) =>
      kind === 'linear' ? (answer - y[row]!) ** 2 : -Math.log(y[row] === 1 ? answer : 1 - answer),
    )
    assertClose(told.at(-1)!, losses.reduce((sum, loss) => sum + loss, 0) / 300, 1e-5)
  }
})

test('trees hold the direction of a feature, whatever the rows say', () => {
  const { x, y } = rows(400)
  const config: ModelConfig = {
    kind: 'boosting',
    parameters: { rounds: 60, learningRate: 0.3, minRowsPerLeaf: 2, l2: 0.1, featureFraction: 1 },
    seed: 1,
  }
  const steps = Array.from({ length: 60 }, (_, i) => i)
  const movesOf = (monotone?: 'increasing' | 'decreasing'): readonly number[] => {
    const [age, ...others] = features
    const directed = monotone === undefined ? age! : { ...age!, monotone }
    const predict = compileModel(trainModel(config, [directed, ...others], { x, y }))
    const values = Float32Array.from(steps.flatMap((step) => [step, 1, 0, 3]))
    const told = predict({ rows: steps.length, columns: 4, values })
    return steps.slice(1).map((step) => told[step]! - told[step - 1]!)
  }
  const free = movesOf()
  assert.ok(free.some((move) => move > 0) && free.some((move) => move < 0))
  assert.ok(movesOf('increasing').every((move) => move >= 0))
  assert.ok(movesOf('decreasing').every((move) => move <= 0))
})

test('trees with a patience end by rows that are held back, the same for the same seed', () => {
  const data = rows(600)
  const fit = (seed: number): { readonly bytes: Uint8Array; readonly losses: number[] } => {
    const losses: number[] = []
    const parameters = { rounds: 500, learningRate: 0.3, minRowsPerLeaf: 5, l2: 1, patience: 5 }
    const onStep = ({ validationLoss = NaN }: TrainingStep): void =>
      void losses.push(validationLoss)
    const config: ModelConfig = { kind: 'boosting', parameters, validationShare: 0.25, seed }
    return { bytes: encodeModel(trainModel(config, features, data, { onStep })), losses }
  }
  const { bytes, losses } = fit(3)
  assert.ok(losses.length < 500)
  assert.equal(losses.indexOf(Math.min(...losses)), losses.length - 6)
  assert.deepEqual(fit(3).bytes, bytes)
  assert.notDeepEqual(fit(4).bytes, bytes)
})

describe('the exported graph', () => {
  for (const options of [{}, { numbers: 'binned', bins: 5 }] as const) {
    const numbers = 'numbers' in options ? options.numbers : 'standardized'
    test(`of a logistic model of ${numbers} numbers scores as the model in memory does`, () => {
      const { x, y } = rows(400)
      const design = fitLinearDesign(features, x, options)
      const fitted = fitLogistic(encodeLinearDesign(design, x), y, { l2: 1 })
      const model = exportLinear(design, {
        kind: 'logistic',
        columns: 4,
        ...fitted,
        intercepts: Float64Array.of(fitted.intercept),
      })
      const held = strangeRows()
      const expected = scoreLogistic(fitted, encodeLinearDesign(design, held)).map(sigmoid)
      assertAllClose(compileModel(decodeModel(encodeModel(model)))(held), expected, 1e-6)
    })

    test(`of a regression of ${numbers} numbers scores as the model in memory does`, () => {
      const { x } = rows(400)
      const y = Float64Array.from({ length: 400 }, (_, row) => 3 * row + (x.values[4 * row] || 7))
      const design = fitLinearDesign(features, x, options)
      const fitted = fitLinear(encodeLinearDesign(design, x), y, { l1: 2, l2: 1 })
      const held = ordinaryRows()
      const model = trainModel(
        { kind: 'linear', l1: 2, l2: 1, maxIterations: 9, ...options },
        features,
        { x, y },
      )
      const expected = scoreLinear(fitted, encodeLinearDesign(design, held))
      assertAllClose(compileModel(decodeModel(encodeModel(model)))(held), expected, 1e-6)
    })
  }

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
    assertAllClose(
      compileModel(decodeModel(encodeModel(exportBoosting(model, 4))))(held),
      expected,
      1e-6,
    )
  })

  for (const objective of ['multiclass', 'regression', 'quantile', 'poisson'] as const) {
    test(`of boosted trees for ${objective} predicts as the trees in memory do`, () => {
      const { x } = rows(400)
      const y = Float64Array.from({ length: 400 }, (_, row) => (row * 7 + Math.floor(row / 9)) % 4)
      const categorical = [false, false, false, true]
      const parameters = { objective, rounds: 12, maxLeaves: 6, minRowsPerLeaf: 5 }
      const model = fitBoosting({ x, y, categorical }, parameters, { random: createRandom(1) })
      const file = decodeModel(encodeModel(exportBoosting(model, 4)))
      const held = strangeRows()
      const expected = predictTrees(model, held)
      assert.equal(expected.length, held.rows * (objective === 'multiclass' ? 4 : 1))
      assertAllClose(compileModel(file)(held), expected, 1e-6)
      const [output] = file.graph.outputs
      assert.deepEqual(output!.dimensions, ['N', model.baseScores.length])
    })
  }
})

const configs: readonly ModelConfig[] = [
  { kind: 'logistic', l2: 1, maxIterations: 50 },
  { kind: 'logistic', l2: 1, l1: 0.5, maxIterations: 50, numbers: 'binned' },
  { kind: 'logistic', l2: 1, maxIterations: 50, calibration: 'isotonic' },
  { kind: 'boosting', seed: 3, parameters: { rounds: 10, maxLeaves: 4, minRowsPerLeaf: 5 } },
  { kind: 'neural', seed: 3, parameters: { hiddenUnits: [8], maxEpochs: 5 } },
]

for (const config of configs) {
  describe(`trainModel: ${JSON.stringify(config)}`, () => {
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
    // late 1 - mean 0.5, age missing → mean → 0, debt constant → 0, four levels of town
    assert.deepEqual(encodedRow(design, [NaN, 0, 1, 99]), [0.5, 0, 0, 0, 0, 0, 0])
  })

  test('a binned number is 1 in the one range it lies in, up to both infinities', () => {
    const ages = [1, 2, 3, 4, 5, 6, 7, 8].map((age) => [age])
    const design = fitLinearDesign([features[0]!], matrix(ages), { numbers: 'binned', bins: 4 })
    // Ranges of two rows each: below 3, 3 to 5, 5 to 7, from 7.
    for (const [age, range] of [
      [-Infinity, 0],
      [2.9, 0],
      [3, 1],
      [4.9, 1],
      [5, 2],
      [7, 3],
      [Infinity, 3],
    ] as const) {
      assert.deepEqual(encodedRow(design, [age]).indexOf(1), range)
    }
    assert.deepEqual(encodedRow(design, [NaN]), [0, 0, 0, 0])
  })

  test('ranges never hold more rows than ties make them, and a missing number says so', () => {
    const x = matrix([[5], [5], [5], [5], [5], [6], [NaN], [NaN]])
    const design = fitLinearDesign([features[0]!], x, { numbers: 'binned', bins: 4 })
    // 5 and 6 are what there is to tell apart.
    assert.deepEqual(encodedRow(design, [5]), [1, 0, 0])
    assert.deepEqual(encodedRow(design, [6]), [0, 1, 0])
    assert.deepEqual(encodedRow(design, [NaN]), [0, 0, 1])
  })

  test('standardizes with the population deviation', () => {
    const design = fitLinearDesign([features[0]!], matrix([[1], [3]]))
    // mean 2, deviation sqrt(((1-2)² + (3-2)²) / 2) = 1
    assert.deepEqual(encodedRow(design, [5]), [3])
  })
})

test('trees that end by themselves are told when by rows that count, however few', () => {
  const { x, y } = rows(200)
  for (let seed = 1; seed <= 20; seed++) {
    const random = createRandom(seed)
    const weights = y.map((_, row) => Number(row < 4 || random.next() < 0.1))
    weights[y.indexOf(0)] = 1
    weights[y.indexOf(1)] = 1
    const parameters = { rounds: 3, patience: 2, minRowsPerLeaf: 1 }
    const steps: TrainingStep[] = []
    const onStep = (step: TrainingStep): number => steps.push(step)
    trainModel({ kind: 'boosting', parameters, seed }, features, { x, y, weights }, { onStep })
    assert.ok(steps.every(({ loss }) => Number.isFinite(loss)))
  }
})

describe('a linear model', () => {
  const config = { kind: 'linear', l2: 1, maxIterations: 5 } as const

  test('gives a column that is missing in all rows, or constant, no say', () => {
    for (const numbers of ['standardize', 'binned'] as const) {
      const x = matrix([1, 2, 3, 4, 5, 6].map((v) => [v, NaN, 1]))
      const three = [features[0]!, features[0]!, features[0]!]
      const y = Float64Array.of(1, 2, 3, 4, 5, 7)
      const score = compileModel(trainModel({ ...config, numbers }, three, { x, y }))
      const one = compileModel(
        trainModel({ ...config, numbers }, [features[0]!], {
          x: matrix([1, 2, 3, 4, 5, 6].map((v) => [v])),
          y,
        }),
      )
      const alone = one(matrix([[2], [5]]))
      assertAllClose(
        score(
          matrix([
            [2, NaN, 1],
            [5, NaN, 1],
          ]),
        ),
        Float64Array.from(alone),
        1e-6,
      )
    }
  })

  test('of a column of the smallest numbers there are predicts numbers', () => {
    const tiny = [0, 1, 2, 3, 4, 5].map((i) => [i * 2 ** -149])
    const y = Float64Array.of(1, 2, 3, 4, 5, 7)
    for (const l2 of [0, 1]) {
      const model = trainModel({ ...config, l2 }, [features[0]!], { x: matrix(tiny), y })
      assert.ok(compileModel(model)(matrix(tiny)).every(Number.isFinite))
    }
  })

  test('refuses what would be infinite in float32: differences of cells, and coefficients', () => {
    const train = (cells: number[], y: number[]): unknown =>
      trainModel({ ...config, l2: 0 }, [features[0]!], {
        x: matrix(cells.map((cell) => [cell])),
        y: Float64Array.from(y),
      })
    const huge = (): unknown => train([3e38, -3e38, 1], [1, 2, 3])
    assertFails(
      huge,
      'TRAINING_INVALID',
      /row 0: 'age' is 3.0*5.*e\+38, expected a number from -8\.5/,
    )
    const target = (): unknown => train([1, 2, 4], [1e60, 2e60, 5e60])
    assertFails(target, 'TRAINING_INVALID', /a coefficient of the fit is .*e\+60, beyond float32/)
  })

  test('predicts numbers, which no calibration makes probabilities of', () => {
    const { x } = rows(20)
    const y = Float64Array.from({ length: 20 }, (_, row) => row)
    assertFails(
      () => trainModel({ ...config, calibration: 'platt' }, features, { x, y }),
      'TRAINING_INVALID',
      /row 2: the target is 2, expected 0 or 1/,
    )
  })

  test('refuses cells and parameters it cannot take, all at once', () => {
    const x = matrix([
      [1, 5, 0, 3],
      [Infinity, -1, 0, 3],
      [2, 5, -Infinity, 3],
    ])
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as a caller without types may
    const wrong = { ...config, numbers: 'bined', bins: 1 } as unknown as ModelConfig
    assertFails(
      () => trainModel(wrong, features, { x, y: Float64Array.of(1, 2, 3) }),
      'TRAINING_INVALID',
      /'bined' \(did you mean 'binned'\?\); 'bins' is 1.*row 1: 'age' is Infinity.*row 1: 'debt' is -1.*row 2: 'late' is -Infinity/,
    )
    assertFails(
      () =>
        trainModel(config, [], {
          x: { rows: 2, columns: 0, values: new Float32Array(0) },
          y: Float64Array.of(1, 2),
        }),
      'TRAINING_INVALID',
      'there are no features, expected at least one',
    )
  })
})

/** The columns of one raw row. */
function encodedRow(design: LinearDesign, row: readonly number[]): number[] {
  const { columns, columnOf, values } = encodeLinearDesign(design, matrix([row]))
  const dense = Array.from({ length: columns }, () => 0)
  columnOf.forEach((column, k) => (dense[column] = values[k]!))
  return dense
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
  const { rows: count, columns, values } = ordinaryRows()
  const strange = [NaN, 0, 0, NaN, 1e9, 1e9, 1, 8, -1e9, 0, 1, 99, 25, 500, 0, 0.5]
  return { rows: count + 4, columns, values: Float32Array.of(...values, ...strange) }
}

function ordinaryRows(): Matrix {
  return matrix(Array.from({ length: 50 }, (_, i) => [i, i * 20, i % 2, [-1, 0, 3, 8][i % 4]!]))
}

function matrix(cells: readonly (readonly number[])[]): Matrix {
  return {
    rows: cells.length,
    columns: cells[0]!.length,
    values: Float32Array.from(cells.flat()),
  }
}
