import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { log } from '../../../src/math/index.ts'
import { type Tree } from '../../../src/training/boosting/index.ts'
import { codes, fit, numbers, score, stump } from './generated.ts'

describe('one tree of two leaves', () => {
  test('has the values of a Newton step, worked by hand', () => {
    // Half are positive: base score 0, p = 1/2, gradients ±1/2, hessians 1/4.
    // Left 1, 2: both negative, −(0.5 + 0.5) / (0.25 + 0.25) = −2; right 3, 4: +2.
    // Gain: 1²/0.5 + 1²/0.5 − 0 = 4
    const { baseScores, trees } = fit(numbers([1, 2, 3, 4], [0, 0, 1, 1]), stump)
    assert.deepEqual(baseScores, [0])
    assert.deepEqual(trees, [
      {
        feature: Int32Array.of(0, -1, -1),
        threshold: Float32Array.of(2.5, 0, 0),
        missingLeft: Uint8Array.of(1, 0, 0),
        left: Int32Array.of(1, -1, -1),
        right: Int32Array.of(2, -1, -1),
        value: Float32Array.of(0, -2, 2),
        categories: [undefined, undefined, undefined],
        rowCount: Int32Array.of(4, 2, 2),
        gain: Float64Array.of(4, 0, 0),
      } satisfies Tree,
    ])
  })

  test('adds the learning rate times the step, held back by l2', () => {
    // −1 / (0.5 + 1.5) = −0.5, times 0.25
    const [tree] = fit(numbers([1, 2, 3, 4], [0, 0, 1, 1]), {
      ...stump,
      l2: 1.5,
      learningRate: 0.25,
    }).trees
    assert.deepEqual(tree!.value, Float32Array.of(0, -0.125, 0.125))
  })

  test('starts from the log odds of all rows', () => {
    const { baseScores } = fit(numbers([1, 2, 3, 4], [0, 1, 1, 1]), stump)
    assert.equal(baseScores[0], Math.fround(log(3)))
  })

  test('sends missing values where they belong', () => {
    const right = fit(numbers([1, 2, 3, NaN], [0, 0, 1, 1]), stump).trees[0]!
    assert.deepEqual([right.threshold[0], right.missingLeft[0]], [2.5, 0])
    const left = fit(numbers([1, 2, 3, NaN], [0, 0, 1, 0]), stump).trees[0]!
    assert.deepEqual([left.threshold[0], left.missingLeft[0]], [2.5, 1])
  })

  test('can part missing values from all others', () => {
    const model = fit(numbers([1, 2, NaN, NaN], [0, 0, 1, 1]), stump)
    assert.deepEqual(
      [model.trees[0]!.threshold[0], model.trees[0]!.missingLeft[0]],
      [3.4028234663852886e38, 0],
    )
    assert.deepEqual(score(model, [-1e30, 1e30, NaN]), [-2, -2, 2])
  })

  test('sends missing values with the majority when the fit saw none', () => {
    // 1 | 2 3 4 5: the right side has more rows
    const few = fit(numbers([1, 2, 3, 4, 5], [1, 0, 0, 0, 0]), stump).trees[0]!
    assert.deepEqual([few.threshold[0], few.missingLeft[0]], [1.5, 0])
  })

  test('puts categories together whatever their codes', () => {
    const data = codes([10, 20, 30, 40], [0, 1, 0, 1], 10)
    const model = fit(data, { ...stump, categorySmoothing: 0 })
    assert.deepEqual(model.trees[0]!.categories, [[20, 40], undefined, undefined])
    assert.equal(model.trees[0]!.threshold[0], 0)
    assert.deepEqual(score(model, [10, 20, 30, 40]), [-2, 2, -2, 2])
  })

  test('sends categories it has not seen, or not often, to the right', () => {
    const data = codes([1, 2, 3], [1, 0, 0], 10)
    const values = Float32Array.of(...data.x.values, 7)
    const rare = {
      x: { ...data.x, rows: 31, values },
      y: Float64Array.of(...data.y, 1),
      categorical: [true],
    }
    const model = fit(rare, { ...stump, minRowsPerCategory: 2 })
    const tree = model.trees[0]!
    const right = tree.value[tree.right[0]!]!
    assert.deepEqual(
      score(model, [7, 8, -1, 1e9]).map((s) => Math.fround(s - model.baseScores[0]!)),
      [right, right, right, right],
    )
    assert.ok(!tree.categories[0]!.includes(7))
  })

  test('takes a missing category for one more category', () => {
    const model = fit(codes([1, 2, NaN], [0, 1, 1], 10), stump)
    const [one, two, missing, other] = score(model, [1, 2, NaN, 9])
    assert.ok(one! < two! && two === missing)
    assert.equal(typeof other, 'number')
  })

  test('can part missing categories from all others', () => {
    const model = fit(codes([1, 2, NaN], [0, 0, 1], 10), stump)
    const tree = model.trees[0]!
    assert.deepEqual(
      [tree.categories[0], tree.threshold[0], tree.missingLeft[0]],
      [undefined, 3.4028234663852886e38, 0],
    )
    const [one, two, missing] = score(model, [1, 2, NaN])
    assert.ok(one! < missing! && one === two)
  })

  test('prefers the lowest feature, then the lowest threshold, among equals', () => {
    const values = Float32Array.of(1, 1, 2, 2, 3, 3, 4, 4)
    const data = {
      x: { rows: 4, columns: 2, values },
      y: Float64Array.of(0, 1, 0, 1),
      categorical: [false, false],
    }
    // 0 1 0 1: parting off the first or the last gains the same
    const [tree] = fit(data, stump).trees
    assert.deepEqual([tree!.feature[0], tree!.threshold[0]], [0, 1.5])
  })

  test('is a single leaf when nothing can be parted', () => {
    const { trees } = fit(numbers([5, 5, 5, 5], [0, 1, 0, 1]), stump)
    assert.deepEqual([...trees[0]!.feature], [-1])
    assert.deepEqual(
      [...fit(numbers([1, 2], [0, 1]), { ...stump, minRowsPerLeaf: 2 }).trees[0]!.feature],
      [-1],
    )
  })

  test('has thresholds that decide in float32, also between neighbours', () => {
    // The middle of each pair is a tie, and rounds down in the first and up in the second.
    for (const low of [1, 1 + 2 ** -23]) {
      const high = low + 2 ** -23
      const model = fit(numbers([low, high], [0, 1]), stump)
      assert.equal(model.trees[0]!.threshold[0], low)
      assert.deepEqual(score(model, [low, high]), [-2, 2])
    }
  })
})
