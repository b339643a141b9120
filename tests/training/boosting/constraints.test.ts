import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type BoostedTrees, scoreTrees, type Tree } from '../../../src/training/boosting/index.ts'
import { assertClose } from '../../assert-close.ts'
import { codes, digest, fit, generateTask, numbers, score, stump } from './generated.ts'

describe('a monotone feature', () => {
  const shapes = fc.record({
    seed: fc.integer(),
    objective: fc.constantFrom('binary', 'regression', 'poisson'),
    direction: fc.constantFrom(1, -1),
    feature: fc.constantFrom(0, 1, 2),
    missingShare: fc.constantFrom(0, 0.2),
    learningRate: fc.constantFrom(0.1, 1),
    l1: fc.constantFrom(0, 1),
  })

  test('never moves a score the other way, whatever the other features are', () => {
    fc.assert(
      fc.property(shapes, ({ seed, direction, feature, missingShare, ...parameters }) => {
        const data = generateTask(parameters.objective, seed, { rows: 300, missingShare })
        const monotone = [0, 0, 0, 0].with(feature, direction)
        const model = fit(
          { ...data, monotone },
          { ...parameters, rounds: 15, minRowsPerLeaf: 3, l2: 1, featureFraction: 1 },
        )
        for (let row = 0; row < 25; row++) {
          const curve = scoreAlong(model, data.x.values.subarray(row * 4, row * 4 + 4), feature)
          for (let i = 1; i < curve.length; i++) {
            assert.ok(direction * (curve[i]! - curve[i - 1]!) >= 0)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  test('without it, scores do move both ways: the law above can fail', () => {
    const data = generateTask('regression', 3, { rows: 300 })
    const model = fit(data, { objective: 'regression', rounds: 15, minRowsPerLeaf: 3, l2: 1 })
    const curve = scoreAlong(model, data.x.values.subarray(0, 4), 1)
    const steps = curve.slice(1).map((value, i) => value - curve[i]!)
    assert.ok(steps.some((step) => step > 0) && steps.some((step) => step < 0))
  })

  test('is not parted against its direction, and still tells missing values from known ones', () => {
    const parameters = { ...stump, objective: 'regression' } as const
    const falling = { ...numbers([1, 2, 3, 4], [4, 3, 2, 1]), monotone: [1] }
    assert.deepEqual([...fit(falling, parameters).trees[0]!.feature], [-1])
    for (const direction of [1, -1]) {
      const missing = { ...numbers([1, 2, NaN, NaN], [0, 0, 8, 8]), monotone: [direction] }
      assert.deepEqual(score(fit(missing, parameters), [1, 2, NaN]), [0, 0, 8])
    }
  })

  test('gives the trees that a search in JavaScript, feature by feature, once gave', () => {
    const digests = (['binary', 'regression', 'poisson'] as const).map((objective) => {
      const data = generateTask(objective, 11, { rows: 900, missingShare: 0.2, codeColumns: 2 })
      const model = fit(
        { ...data, monotone: [1, -1, 0, 0, 0] },
        { objective, rounds: 20, minRowsPerLeaf: 4, l1: 0.5, l2: 0.5, featureFraction: 0.8 },
      )
      return digest(model)
    })
    assert.deepEqual(digests, ['635ef0f8f3b0b297', '880027fb7bbbe787', 'a0dbf656d2cf6acd'])
  })

  test('leaves other features as good as they were', () => {
    const data = generateTask('regression', 4, { rows: 300 })
    const parameters = { objective: 'regression', rounds: 5 } as const
    const constant = { ...data, monotone: [0, 0, 0, 0] }
    assert.equal(digest(fit(constant, parameters)), digest(fit(data, parameters)))
  })
})

describe('early stopping', () => {
  const parameters = {
    objective: 'regression',
    learningRate: 0.5,
    minRowsPerLeaf: 2,
    l2: 0,
    featureFraction: 1,
    rounds: 100,
  } as const
  const data = generateTask('regression', 5, { rows: 200 })
  const validation = generateTask('regression', 6, { rows: 200 })

  test('ends after so many rounds without a better one, and keeps those up to the best', () => {
    const losses: number[] = []
    const model = fit(
      data,
      { ...parameters, patience: 7 },
      {
        validation,
        onRound: ({ validationLoss }) => losses.push(validationLoss!),
      },
    )
    const best = losses.indexOf(Math.min(...losses)) + 1
    assert.ok(losses.length < 100)
    assert.equal(losses.length, best + 7)
    const whole = fit(data, { ...parameters, rounds: best })
    assert.equal(digest(model), digest(whole))
    // Mean squared error of the kept trees
    const scores = scoreTrees(model, validation.x)
    const errors = scores.map((s, row) => (s - validation.y[row]!) ** 2)
    assertClose(losses[best - 1]!, errors.reduce((a, b) => a + b) / 200)
  })

  test('keeps whole rounds of several classes', () => {
    const several = generateTask('multiclass', 5, { rows: 200 })
    const fresh = generateTask('multiclass', 6, { rows: 200 })
    const model = fit(
      several,
      { ...parameters, objective: 'multiclass', patience: 3 },
      { validation: fresh },
    )
    assert.equal(model.baseScores.length, 3)
    assert.equal(model.trees.length % 3, 0)
    assert.ok(model.trees.length < 300)
  })

  test('does not happen without patience: then the rows are only measured', () => {
    const model = fit(data, { ...parameters, rounds: 40 }, { validation })
    assert.equal(digest(model), digest(fit(data, { ...parameters, rounds: 40 })))
  })

  test('weighs the validation rows', () => {
    const seen: number[] = []
    const weights = validation.y.map((_, row) => Number(row < 50))
    const onRound = ({ validationLoss }: { validationLoss?: number }): unknown =>
      seen.push(validationLoss!)
    const model = fit(
      data,
      { ...parameters, rounds: 1 },
      {
        validation: { ...validation, weights },
        onRound,
      },
    )
    const scores = scoreTrees(model, validation.x).slice(0, 50)
    const errors = scores.map((s, row) => (s - validation.y[row]!) ** 2)
    assertClose(seen[0]!, errors.reduce((a, b) => a + b) / 50)
  })
})

describe('regularization', () => {
  test('by l1 takes from the gradients of a leaf, by hand', () => {
    // Gradients of leaves +2 and −2, less 0.5, over 2 rows: values ∓ 0.75
    const parameters = { ...stump, objective: 'regression', l1: 0.5 } as const
    const { trees } = fit(numbers([1, 2, 3, 4], [0, 0, 2, 2]), parameters)
    assert.deepEqual(trees[0]!.value, Float32Array.of(0, -0.75, 0.75))
    // 2 · 1.5² / 2
    assert.equal(trees[0]!.gain[0], 2.25)
    const none = fit(numbers([1, 2, 3, 4], [0, 0, 2, 2]), { ...parameters, l1: 2 })
    assert.deepEqual([...none.trees[0]!.feature], [-1])
  })

  test('by minGain leaves out what gains less, and nothing else', () => {
    const data = generateTask('regression', 11, { rows: 300 })
    const parameters = { objective: 'regression', rounds: 1, minRowsPerLeaf: 5, l2: 0 } as const
    const gains = splitGains(fit(data, parameters))
    const middle = gains.toSorted((a, b) => a - b)[gains.length >> 1]!
    const kept = splitGains(fit(data, { ...parameters, minGain: middle }))
    assert.ok(kept.length > 0 && kept.length < gains.length)
    assert.ok(kept.every((gain) => gain > middle))
  })

  test('by minHessianPerLeaf counts curvature as minRowsPerLeaf counts rows', () => {
    const data = generateTask('regression', 12, { rows: 300 })
    const parameters = { objective: 'regression', rounds: 3, maxLeaves: 30 } as const
    // Each row has a hessian of 1.
    assert.equal(
      digest(fit(data, { ...parameters, minRowsPerLeaf: 1, minHessianPerLeaf: 20 })),
      digest(fit(data, { ...parameters, minRowsPerLeaf: 20 })),
    )
  })
})

describe('few categories', () => {
  test('are parted one from the rest, where the parameters say so', () => {
    const data = generateTask('regression', 13, { rows: 600, missingShare: 0.1 })
    const parameters = { objective: 'regression', rounds: 10, minRowsPerLeaf: 5 } as const
    const sizesOf = (maxOneHotCategories: number): number[] =>
      fit(data, { ...parameters, maxOneHotCategories }).trees.flatMap(({ categories }) =>
        categories.flatMap((set) => set?.length ?? []),
      )
    // The data has 12 categories.
    assert.ok(sizesOf(11).some((size) => size > 1))
    assert.ok(sizesOf(12).length > 0 && sizesOf(12).every((size) => size === 1))
  })

  test('take the one that gains most, also from the middle, and the missing one too', () => {
    const parameters = { ...stump, objective: 'regression', maxOneHotCategories: 4 } as const
    const middle = fit(codes([1, 2, 3, 4], [1, 9, 1, 1], 3), parameters)
    assert.deepEqual(middle.trees[0]!.categories[0], [2])
    const missing = fit(codes([1, 2, NaN], [0, 0, 9], 3), parameters)
    assert.deepEqual(score(missing, [1, 2, NaN]), [0, 0, 9])
  })
})

/** Scores of a row as one of its features takes values from -1.5 to 1.5. */
function scoreAlong(model: BoostedTrees, row: Float32Array, feature: number): number[] {
  return Array.from({ length: 61 }, (_, i) => {
    const values = row.with(feature, i / 20 - 1.5)
    return scoreTrees(model, { rows: 1, columns: row.length, values })[0]!
  })
}

function splitGains({ trees }: { readonly trees: readonly Tree[] }): number[] {
  return trees.flatMap(({ gain, feature }) => [...gain].filter((_, node) => feature[node] !== -1))
}
