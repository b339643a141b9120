import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { exp, log } from '../../../src/math/index.ts'
import { createObjective } from '../../../src/training/boosting/create-objective.ts'
import {
  type BoostingData,
  defaultBoostingParameters,
  type ObjectiveName,
  predictTrees,
  scoreTrees,
} from '../../../src/training/boosting/index.ts'
import { meanLoss } from '../../../src/training/boosting/objective.ts'
import { weightedQuantile } from '../../../src/training/boosting/weighted-quantile.ts'
import { assertClose } from '../../assert-close.ts'
import { digest, fit, generateTask, numbers, objectives, stump } from './generated.ts'

/** Made once; the same seed gives the same bytes on every machine. */
const golden: Record<ObjectiveName, string> = {
  binary: '8dfcfe5991d05da1',
  multiclass: '511379553b2c3451',
  regression: '0f44818e2c331134',
  quantile: '25335f93836db4a0',
  poisson: '5a93b4eecc986cf3',
}

for (const objective of objectives) {
  describe(`the objective ${objective}`, () => {
    const data = generateTask(objective, 7, { rows: 300, missingShare: 0.1 })
    const parameters = {
      objective,
      quantile: 0.8,
      rounds: 12,
      minRowsPerLeaf: 5,
      l2: 1,
      featureFraction: 1,
    } as const

    test('has the gradient of its loss, and a curvature that is not negative', () => {
      const made = create(objective, data.y)
      const score = fc.double({ min: -3, max: 3, noNaN: true })
      const scores = fc.array(score, { minLength: made.outputs, maxLength: made.outputs })
      fc.assert(
        fc.property(scores, fc.nat(data.y.length - 1), (at, row) => {
          const y = Float64Array.of(data.y[row]!)
          // At the kink of the pinball loss there is no gradient.
          fc.pre(objective !== 'quantile' || Math.abs(at[0]! - y[0]!) > 1e-3)
          const into = at.map(() => new Float64Array(2))
          made.fillDerivatives(into, columns(at), y)
          for (const [output, derivatives] of into.entries()) {
            const lossAt = (by: number): number =>
              made.lossOf(columns(at.map((s, k) => (k === output ? s + by : s))), 0, y[0]!)
            const slope = (lossAt(1e-5) - lossAt(-1e-5)) / 2e-5
            // The gradient of regression is half its loss's, as everywhere.
            const factor = objective === 'regression' ? 2 : 1
            assert.ok(Math.abs(factor * derivatives[0]! - slope) < 1e-5 * (1 + Math.abs(slope)))
            assert.ok(derivatives[1]! >= 0)
            if (made.bound !== undefined) {
              assert.ok(Math.abs(derivatives[0]!) <= made.bound && derivatives[1]! <= made.bound)
            }
          }
        }),
        { numRuns: 50 },
      )
    })

    test('starts from the best constant, whatever the rows weigh', () => {
      const made = create(objective, data.y)
      const weights = data.y.map((_, row) => row % 4)
      for (const target of [
        { y: data.y, weights: undefined },
        { y: data.y, weights },
      ]) {
        const best = made.initialScores(target)
        const lossOf = (scores: readonly number[]): number =>
          meanLoss(
            made,
            scores.map((s) => new Float64Array(300).fill(s)),
            target,
          )
        for (const [output] of best.entries()) {
          for (const by of [-0.05, 0.05]) {
            const other = best.map((s, k) => (k === output ? s + by : s))
            assert.ok(lossOf(best) < lossOf(other))
          }
        }
      }
    })

    test('has a lower loss after the last round than after the first, and on rows it has not seen', () => {
      const validation = generateTask(objective, 8, { rows: 300, missingShare: 0.1 })
      const seen: { trainLoss: number; validationLoss?: number }[] = []
      const big = generateTask(objective, 7, { rows: 1500, missingShare: 0.1 })
      fit(big, { ...parameters, rounds: 20 }, { validation, onRound: (one) => seen.push(one) })
      assert.ok(seen.at(-1)!.trainLoss < seen[0]!.trainLoss)
      assert.ok(seen.every(({ validationLoss }) => Number.isFinite(validationLoss)))
    })

    test('does not depend on the order of the rows, to the last bit, weights or none', () => {
      const order = Array.from({ length: 300 }, (_, i) => (i * 149) % 300)
      for (const weights of [undefined, data.y.map((_, row) => 0.1 + ((row * 7) % 11))]) {
        const weighed = { ...data, weights }
        assert.equal(
          digest(fit(takeRows(weighed, order), parameters)),
          digest(fit(weighed, parameters)),
        )
      }
    })

    test('takes weights of 1 for none', () => {
      const weights = new Float64Array(300).fill(1)
      assert.equal(digest(fit({ ...data, weights }, parameters)), digest(fit(data, parameters)))
    })

    test('scores the same when all weights double, but for what is measured in weights', () => {
      const weights = data.y.map((_, row) => 1 + (row % 3))
      const free = {
        ...parameters,
        l2: 0,
        minHessianPerLeaf: 1e-9,
        categorySmoothing: 0,
        categoryL2: 0,
      }
      const doubled = { ...data, weights: weights.map((weight) => 2 * weight) }
      assert.deepEqual(
        scoreTrees(fit(doubled, free), data.x),
        scoreTrees(fit({ ...data, weights }, free), data.x),
      )
    })

    test('scores the same when rows that weigh nothing say something else', () => {
      const weights = data.y.map((_, row) => (row < 10 || row % 5 > 0 ? 1 : 0))
      const y = data.y.map((value, row) => (weights[row] === 0 ? data.y[(row + 7) % 300]! : value))
      assert.deepEqual(
        scoreTrees(fit({ ...data, y, weights }, parameters), data.x),
        scoreTrees(fit({ ...data, weights }, parameters), data.x),
      )
    })

    test('has these bytes on every machine', () => {
      assert.equal(digest(fit(data, parameters)), golden[objective])
    })
  })
}

describe('one tree, worked by hand,', () => {
  test('of regression has the means of its leaves', () => {
    // Base (1 + 2 + 5 + 8) / 4 = 4; left −(3 + 2) / −2 = −2.5; right (−1 − 4) / −2 = 2.5
    const model = fit(numbers([1, 2, 3, 4], [1, 2, 5, 8]), { ...stump, objective: 'regression' })
    assert.deepEqual(model.baseScores, [4])
    assert.deepEqual(
      predictTrees(model, numbers([1, 2, 3, 4], []).x),
      Float64Array.of(1.5, 1.5, 6.5, 6.5),
    )
  })

  test('of regression has the weighted means of its leaves', () => {
    const data = numbers([1, 2, 3, 4], [1, 2, 5, 8])
    const weighed = { ...data, weights: Float64Array.of(1, 3, 1, 1) }
    // (1 + 3 · 2) / 4 = 1.75 and (5 + 8) / 2 = 6.5
    const model = fit(weighed, { ...stump, objective: 'regression' })
    assertAllClose(predictTrees(model, data.x), [1.75, 1.75, 6.5, 6.5])
  })

  test('of a quantile has the quantiles of its leaves', () => {
    const data = numbers([1, 2, 3, 11, 12, 13], [1, 2, 3, 10, 20, 40])
    const median = fit(data, { ...stump, objective: 'quantile', quantile: 0.5 })
    assert.deepEqual(predictTrees(median, data.x), Float64Array.of(2, 2, 2, 20, 20, 20))
    // Base 17.5, above which only 20 and 40 lie; at 0.75 of 1, 2, 3, 10 lies 4.75, of 20, 40 lies 35
    const upper = fit(data, { ...stump, objective: 'quantile', quantile: 0.75 })
    assert.deepEqual(predictTrees(upper, data.x), Float64Array.of(4.75, 4.75, 4.75, 4.75, 35, 35))
  })

  test("of Poisson's counts has careful steps", () => {
    // Base ln 2; gradients 2 − 1 and 2 − 3, hessians 2 · e^0.7: values ∓ 2 / (4 · e^0.7)
    const data = numbers([1, 2, 3, 4], [1, 1, 3, 3])
    const model = fit(data, { ...stump, objective: 'poisson' })
    const step = Math.fround(2 / (4 * exp(0.7)))
    assert.deepEqual(model.baseScores, [Math.fround(log(2))])
    assert.deepEqual(model.trees[0]!.value, Float32Array.of(0, -step, step))
    assertAllClose(
      predictTrees(model, data.x),
      [-step, -step, step, step].map((s) => 2 * exp(s)),
    )
  })

  test('of several classes has a tree for each', () => {
    // p = 1/2 each; gradients ±1/2, hessians 2 · 1/4: values ∓ 1 / 1
    const data = numbers([1, 2, 3, 4], [0, 0, 1, 1])
    const model = fit(data, { ...stump, objective: 'multiclass' })
    assert.deepEqual(
      model.trees.map(({ value }) => value),
      [Float32Array.of(0, 1, -1), Float32Array.of(0, -1, 1)],
    )
    const base = Math.fround(log(0.5))
    assert.deepEqual(
      scoreTrees(model, numbers([1, 4], []).x),
      Float64Array.of(base + 1, base - 1, base - 1, base + 1),
    )
    const p = exp(1) / (exp(1) + exp(-1))
    assertAllClose(predictTrees(model, numbers([1, 4], []).x), [p, 1 - p, 1 - p, p])
  })
})

describe('regression', () => {
  const data = generateTask('regression', 9, { rows: 400, missingShare: 0.1 })
  const parameters = { objective: 'regression', rounds: 20, minRowsPerLeaf: 5, l2: 1 } as const

  test('scales with its target, exactly by powers of two, however small or large', () => {
    const plain = scoreTrees(fit(data, parameters), data.x)
    for (const factor of [2 ** -60, 2 ** 80]) {
      const scaled = { ...data, y: data.y.map((y) => factor * y) }
      assert.deepEqual(
        scoreTrees(fit(scaled, parameters), data.x),
        plain.map((score) => factor * score),
      )
    }
  })

  test('fits more columns than rows, and one column of nothing', () => {
    const wide = { rows: 6, columns: 20, values: new Float32Array(120).fill(NaN) }
    for (let row = 0; row < 6; row++) wide.values[row * 20 + 3] = row
    const model = fit(
      {
        x: wide,
        y: Float64Array.of(0, 0, 0, 1, 1, 1),
        categorical: Array<boolean>(20).fill(false),
      },
      { ...stump, objective: 'regression' },
    )
    assert.equal(model.trees[0]!.feature[0], 3)
    assert.deepEqual(predictTrees(model, wide), Float64Array.of(0, 0, 0, 1, 1, 1))
  })
})

describe('weightedQuantile', () => {
  const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), {
    minLength: 1,
    maxLength: 30,
  })
  const share = fc.double({ min: 0.01, max: 0.99, noNaN: true })

  test('with equal weights is the quantile without', () => {
    fc.assert(
      fc.property(values, share, fc.constantFrom(0.25, 1, 8), (list, p, weight) => {
        const all = Float64Array.from(list)
        const weights = new Float64Array(list.length).fill(weight)
        const plain = weightedQuantile(all, undefined, p)
        const weighed = weightedQuantile(all, weights, p)
        assert.ok(Math.abs(plain - weighed) <= 1e-6 * (1 + Math.abs(plain)))
      }),
    )
  })

  test('moves towards what weighs more, and passes over what weighs nothing', () => {
    const all = Float64Array.of(3, 1, 2)
    // Stretches 1: [0, 2], 2: [2, 3], 3: [3, 4]; middles 1, 2.5, 3.5; half way 2.25 lies 1.25 / 1.5 of the way to 2
    assertClose(weightedQuantile(all, Float64Array.of(1, 2, 1), 0.5), 1 + 1.25 / 1.5)
    assert.equal(weightedQuantile(all, Float64Array.of(0, 5, 0), 0.9), 1)
    assert.equal(weightedQuantile(all, Float64Array.of(0, 0, 0), 0.5), 0)
  })
})

function create(objective: ObjectiveName, y: Float64Array): ReturnType<typeof createObjective> {
  return createObjective({ ...defaultBoostingParameters, objective, quantile: 0.8 }, y)
}

function columns(scores: readonly number[]): Float64Array[] {
  return scores.map((score) => Float64Array.of(score))
}

function takeRows(data: BoostingData, order: readonly number[]): BoostingData {
  const { columns: width, values } = data.x
  const taken = order.flatMap((row) => Array.from(values.slice(row * width, (row + 1) * width)))
  const { weights } = data
  return {
    ...data,
    x: { rows: order.length, columns: width, values: Float32Array.from(taken) },
    y: Float64Array.from(order, (row) => data.y[row]!),
    weights: weights && Float64Array.from(order, (row) => weights[row]!),
  }
}

function assertAllClose(actual: Float64Array, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  for (const [i, value] of actual.entries()) assertClose(value, expected[i]!, 1e-6)
}
