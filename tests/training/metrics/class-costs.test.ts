import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { callClasses } from '../../../src/training/metrics/class-metrics.ts'
import {
  type ClassProbabilities,
  leastCostClasses,
  meanClassCost,
  meanCost,
} from '../../../src/training/metrics/index.ts'
import { assertClose } from '../../assert-close.ts'

describe('the class of the least expected cost', () => {
  test('is by hand', () => {
    // Costs of calling ash, beech, oak: 0.5·[0 1 1] + 0.3·[1 0 1] + 0.2·[9 2 0] = [2.1, 0.9, 0.8].
    const probabilities = { rows: 1, columns: 3, values: [0.5, 0.3, 0.2] }
    const costs = [
      [0, 1, 1],
      [1, 0, 1],
      [9, 2, 0],
    ]
    assert.deepEqual(leastCostClasses(probabilities, costs), Int32Array.of(2))
    assert.equal(meanClassCost([0], probabilities, { costs }), 1)
    assert.equal(meanClassCost([2], probabilities, { costs }), 0)
  })

  test('is none other that is expected to cost less, the first of equals', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 2, max: 5 }), (seed, classes) => {
        const random = createRandom(seed)
        const probabilities = draw(seed, 20, classes)
        const costs = square(classes, (i, j) => (i === j ? 0 : random.nextInteger(4)))
        const called = leastCostClasses(probabilities, costs)
        called.forEach((call, row) => {
          const expected = costs.map((_, j) =>
            costs.reduce(
              (sum, of, i) => sum + probabilities.values[row * classes + i]! * of[j]!,
              0,
            ),
          )
          assert.equal(call, expected.indexOf(Math.min(...expected)))
        })
      }),
      { numRuns: 50 },
    )
  })

  test('is the most likely one where all wrong calls cost the same, in any unit', () => {
    const probabilities = draw(3, 500, 4)
    for (const cost of [1, 0.5, 8]) {
      const costs = square(4, (i, j) => (i === j ? 0 : cost))
      assert.deepEqual(leastCostClasses(probabilities, costs), callClasses(probabilities))
    }
  })

  test('of two classes is by the threshold of the costs, and costs what it does there', () => {
    const probabilities = draw(4, 400, 2)
    const positive = Float64Array.from(
      { length: 400 },
      (_, row) => probabilities.values[2 * row + 1]!,
    )
    const target = positive.map((p, row) => Number((row * 37) % 100 < 100 * p))
    const costs = [
      [0, 1],
      [5, 0],
    ]
    const weights = target.map((_, row) => row % 3)
    // Called is 1 from 1 / (1 + 5) upwards. [Elkan 2001]
    const at = { falsePositive: 1, falseNegative: 5, threshold: 1 / 6 }
    assertClose(meanClassCost(target, probabilities, { costs }), meanCost(target, positive, at))
    assertClose(
      meanClassCost(target, probabilities, { costs, weights }),
      meanCost(target, positive, { ...at, weights }),
    )
  })
})

describe('costs of classes that are refused:', () => {
  const probabilities = { rows: 1, columns: 2, values: [0.5, 0.5] }

  test('all bad ones at once', () => {
    const costs = [
      [1, -1],
      [NaN, 0],
    ]
    const expected = {
      code: 'TRAINING_INVALID',
      message:
        'costs[0][0] is 1, expected 0 for a right call; costs[0][1] is -1, expected a finite number from 0; costs[1][0] is NaN, expected a finite number from 0',
    }
    assert.throws(() => leastCostClasses(probabilities, costs), expected)
    assert.throws(() => meanClassCost([0], probabilities, { costs }), expected)
  })

  test('of other classes', () => {
    for (const costs of [[], [[0, 1]], [[0, 1], [1]]]) {
      assert.throws(() => leastCostClasses(probabilities, costs), { code: 'SHAPE_MISMATCH' })
    }
  })

  test('with probabilities, targets or weights that are none', () => {
    const costs = square(2, (i, j) => Number(i !== j))
    const bad = { rows: 1, columns: 2, values: [0.5, 0.6] }
    assert.throws(() => leastCostClasses(bad, costs), /row 0: the probabilities add up to 1\.1/)
    assert.throws(() => leastCostClasses({ ...bad, rows: 2 }, costs), { code: 'SHAPE_MISMATCH' })
    assert.throws(() => meanClassCost([2], probabilities, { costs }), /row 0: the target is 2/)
    assert.throws(() => meanClassCost([0], probabilities, { costs, weights: [0] }), {
      code: 'TRAINING_INVALID',
    })
  })
})

function square(size: number, cost: (i: number, j: number) => number): number[][] {
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => cost(i, j)))
}

/** As a model gives them: float32. */
function draw(seed: number, rows: number, columns: number): ClassProbabilities {
  const random = createRandom(seed)
  const values = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    const parts = Array.from({ length: columns }, () => random.next())
    const sum = parts.reduce((a, b) => a + b, 0)
    values.set(
      parts.map((part) => part / sum),
      row * columns,
    )
  }
  return { rows, columns, values }
}
