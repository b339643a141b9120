import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom, type Random } from '../../../src/core/random.ts'
import { prepareClassMetrics } from '../../../src/training/metrics/class-metrics.ts'
import {
  type ClassProbabilities,
  delongClassTest,
  delongTest,
} from '../../../src/training/metrics/index.ts'
import { assertClose } from '../../assert-close.ts'

describe('delongClassTest', () => {
  test('of two classes is delongTest', () => {
    const { target, models } = draw(createRandom(1), 120, 2)
    const [a, b] = models
    const scores = (model: ClassProbabilities): number[] =>
      Array.from(target, (_, row) => model.values[2 * row + 1]!)
    const options = { level: 0.9, margin: 0.01 }
    const expected = delongTest(target, scores(a), scores(b), options)
    const found = delongClassTest(target, a, b, options)
    for (const name of ['areaA', 'areaB', 'standardError', 'pValue', 'pValueBetter'] as const) {
      assertClose(found[name], expected[name], 1e-9)
    }
  })

  test('has the areas of roc_auc_ovr, and the variance that is taken pair by pair', () => {
    const { target, models } = draw(createRandom(2), 60, 3)
    const [a, b] = models
    const found = delongClassTest(target, a, b)
    const ones = new Float64Array(60).fill(1)
    assertClose(found.areaA, prepareClassMetrics(target, a)(ones).roc_auc_ovr)
    assertClose(found.areaB, prepareClassMetrics(target, b)(ones).roc_auc_ovr)
    assertClose(found.standardError ** 2, pairwiseVariance(target, a, b), 1e-9)
  })

  test('has about the error that other rows of the same classes show', () => {
    const { target, models } = draw(createRandom(3), 300, 3)
    const random = createRandom(4)
    const differences = Array.from({ length: 300 }, () => {
      const counts = resampleWithinClasses(target, random)
      const [a, b] = models.map((model) => prepareClassMetrics(target, model)(counts).roc_auc_ovr)
      return b! - a!
    })
    const mean = differences.reduce((x, y) => x + y, 0) / 300
    const spread = Math.sqrt(differences.reduce((x, y) => x + (y - mean) ** 2, 0) / 299)
    // The spread of 300 samples has itself an error of 4 %.
    assertClose(delongClassTest(target, ...models).standardError, spread, 0.12)
  })

  test('finds a lead by luck about as seldom as it says', () => {
    const random = createRandom(5)
    const found = Array.from({ length: 200 }, () => {
      const { target, models } = draw(random, 90, 3)
      return delongClassTest(target, ...models).pValueBetter
    })
    const share = found.filter((p) => p < 0.1).length / 200
    // Its standard error is 0.02.
    assert.ok(share > 0.03 && share < 0.17, `p is below 0.1 in ${share}`)
  })

  test('is no chance between a model and itself', () => {
    const { target, models } = draw(createRandom(6), 50, 4)
    const { difference, standardError, pValue } = delongClassTest(target, models[0], models[0])
    assert.deepEqual([difference, standardError, pValue], [0, 0, 1])
  })

  test('refuses all classes of fewer than two rows at once, and models of other classes', () => {
    const { models } = draw(createRandom(7), 6, 4)
    const target = [0, 0, 1, 2, 2, 2]
    assert.throws(() => delongClassTest(target, ...models), {
      code: 'TRAINING_INVALID',
      message:
        'there are 1 rows of class 1, expected two of each; there are 0 rows of class 3, expected two of each',
    })
    const other = draw(createRandom(7), 6, 5).models[0]
    assert.throws(() => delongClassTest(target, models[0], other), { code: 'SHAPE_MISMATCH' })
    const two = draw(createRandom(8), 6, 2)
    const bad = { margin: -1 }
    assert.throws(() => delongClassTest(two.target, ...two.models, bad), {
      code: 'TRAINING_INVALID',
    })
    assert.throws(() => delongClassTest(two.target, ...two.models, { level: 1 }), {
      code: 'TRAINING_INVALID',
    })
  })
})

/** Two models that know as much of the target, with errors of their own and some ties. */
function draw(
  random: Random,
  rows: number,
  columns: number,
): {
  readonly target: Float64Array
  readonly models: readonly [ClassProbabilities, ClassProbabilities]
} {
  const target = Float64Array.from({ length: rows }, (_, row) =>
    row < 2 * columns ? row % columns : Math.floor(columns * random.next() ** 1.3),
  )
  const model = (): ClassProbabilities => {
    const values = new Float64Array(rows * columns)
    for (let row = 0; row < rows; row++) {
      // Of a power of two as many parts as there are, so that the sums are exact.
      const parts = Array.from({ length: columns }, (_, k) =>
        Math.round(6 * (random.next() + (target[row] === k ? 0.4 : 0))),
      )
      parts[columns - 1] = 64 - parts.slice(0, -1).reduce((a, b) => a + b, 0)
      values.set(
        parts.map((part) => part / 64),
        row * columns,
      )
    }
    return { rows, columns, values }
  }
  return { target, models: [model(), model()] }
}

/** By the definition: what each pair of a row of a class and one of the rest says, in O(rows²). */
function pairwiseVariance(
  target: Float64Array,
  a: ClassProbabilities,
  b: ClassProbabilities,
): number {
  const { rows, columns } = a
  const wins = ({ values }: ClassProbabilities, k: number, i: number, j: number): number => {
    const difference = values[i * columns + k]! - values[j * columns + k]!
    return difference > 0 ? 1 : difference < 0 ? 0 : 0.5
  }
  const parts = new Float64Array(rows)
  for (let k = 0; k < columns; k++) {
    const inside = [...target.keys()].filter((row) => target[row] === k)
    const outside = [...target.keys()].filter((row) => target[row] !== k)
    for (const i of inside) {
      for (const j of outside) {
        const lead = (wins(b, k, i, j) - wins(a, k, i, j)) / columns
        // Both rows of a pair have it: the variance is of means within each class.
        parts[i]! += lead / inside.length / outside.length
        parts[j]! += lead / inside.length / outside.length
      }
    }
  }
  let variance = 0
  for (let k = 0; k < columns; k++) {
    const own = [...parts].filter((_, row) => target[row] === k)
    const mean = own.reduce((x, y) => x + y, 0) / own.length
    const squares = own.reduce((x, y) => x + (y - mean) ** 2, 0)
    variance += (own.length * squares) / (own.length - 1)
  }
  return variance
}

function resampleWithinClasses(target: Float64Array, random: Random): Float64Array {
  const counts = new Float64Array(target.length)
  for (const rows of Map.groupBy(target.keys(), (row) => target[row]!).values()) {
    for (const _ of rows) counts[rows[random.nextInteger(rows.length)]!]! += 1
  }
  return counts
}
