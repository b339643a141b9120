import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Matrix } from '../../../src/core/matrix.ts'
import { exp, log } from '../../../src/math/index.ts'
import {
  type BoostingProgress,
  scoreTrees,
  type Tree,
} from '../../../src/training/boosting/index.ts'
import { rocAucScore } from '../../../src/training/metrics/index.ts'
import { assertClose } from '../../assert-close.ts'
import { digest, fit, generateData, numbers } from './generated.ts'

describe('trees', () => {
  const shapes = fc.record({
    seed: fc.integer(),
    rows: fc.integer({ min: 20, max: 300 }),
    missingShare: fc.constantFrom(0, 0.2),
    maxLeaves: fc.integer({ min: 2, max: 20 }),
    minRowsPerLeaf: fc.integer({ min: 1, max: 30 }),
    maxBins: fc.integer({ min: 2, max: 255 }),
    rowFraction: fc.constantFrom(1, 0.6),
  })

  test('keep to their limits, and children hold what their parent holds', () => {
    fc.assert(
      fc.property(shapes, ({ seed, rows, missingShare, ...parameters }) => {
        const data = generateData(seed, { rows, missingShare })
        for (const tree of fit(data, { rounds: 3, ...parameters }).trees) {
          const leaves = [...tree.feature.keys()].filter((node) => tree.feature[node] === -1)
          assert.ok(leaves.length <= parameters.maxLeaves)
          assert.equal(tree.rowCount[0], Math.max(1, Math.round(rows * parameters.rowFraction)))
          for (const [node, feature] of tree.feature.entries()) {
            if (feature === -1) continue
            const [left, right] = [tree.left[node]!, tree.right[node]!]
            assert.equal(left, node + 1)
            assert.ok(right > left && tree.gain[node]! > 0 && tree.value[node] === 0)
            assert.equal(tree.rowCount[left]! + tree.rowCount[right]!, tree.rowCount[node])
            assert.ok(tree.rowCount[left]! >= parameters.minRowsPerLeaf)
            assert.ok(tree.rowCount[right]! >= parameters.minRowsPerLeaf)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  test('count the very rows that scoring sends to each leaf: the fit and the score decide alike', () => {
    fc.assert(
      fc.property(shapes, ({ seed, rows, missingShare, ...parameters }) => {
        const data = generateData(seed, { rows, missingShare })
        const { trees } = fit(data, { rounds: 3, ...parameters, rowFraction: 1 })
        for (const tree of trees) assert.deepEqual(countByLeaf(tree, data.x), leafCounts(tree))
      }),
      { numRuns: 60 },
    )
  })

  test('score a row as the base score plus one leaf of each tree', () => {
    const data = generateData(1, { rows: 200, missingShare: 0.1 })
    const { baseScores, trees } = fit(data, { rounds: 20 })
    const whole = scoreTrees({ baseScores, trees }, data.x)
    const sum = whole.map(() => baseScores[0]!)
    for (const tree of trees) {
      for (const [row, value] of scoreTrees({ baseScores: [0], trees: [tree] }, data.x).entries()) {
        sum[row]! += value
      }
    }
    assert.deepEqual(whole, sum)
  })

  test('report the loss that their scores have', () => {
    const data = generateData(2, { rows: 200, missingShare: 0.1 })
    for (const rowFraction of [1, 0.5]) {
      const seen: BoostingProgress[] = []
      const model = fit(
        data,
        { rounds: 10, rowFraction },
        { onRound: (progress) => seen.push(progress) },
      )
      assert.deepEqual(
        seen.map(({ round }) => round),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      )
      // ln(1 + e^s) − y·s
      const scores = scoreTrees(model, data.x)
      const losses = scores.map((s, row) => log(1 + exp(s)) - data.y[row]! * s)
      assertClose(seen.at(-1)!.trainLoss, losses.reduce((a, b) => a + b) / 200)
    }
  })

  test('lower the loss of the fit with every round', () => {
    const losses: number[] = []
    const data = generateData(3, { rows: 500 })
    fit(data, { rounds: 50 }, { onRound: ({ trainLoss }) => losses.push(trainLoss) })
    for (let i = 1; i < losses.length; i++) assert.ok(losses[i]! < losses[i - 1]!)
  })

  test('learn numbers, their interaction, categories and what is missing', () => {
    const shape = { rows: 4000, missingShare: 0.02 }
    const model = fit(generateData(4, shape), { rounds: 100, l2: 1, featureFraction: 1 })
    const all = generateData(4, { ...shape, rows: 8000 })
    const fresh = { rows: 4000, columns: 4, values: all.x.values.slice(4000 * 4) }
    const labels = all.y.slice(4000)
    const best = rocAucScore(labels, all.truth.slice(4000))
    const auc = rocAucScore(labels, scoreTrees(model, fresh))
    assert.ok(auc > best - 0.03, `${auc} where ${best} is possible`)
  })
})

describe('the fit does not depend on', () => {
  const data = generateData(5, { rows: 400, missingShare: 0.1 })
  const parameters = { rounds: 15, minRowsPerLeaf: 5, l2: 1, featureFraction: 1 }
  const reference = digest(fit(data, parameters))

  test('the order of the rows, to the last bit', () => {
    const order = Array.from({ length: 400 }, (_, i) => (i * 149) % 400)
    const shuffled = {
      ...data,
      x: takeRows(data.x, order),
      y: Float64Array.from(order, (i) => data.y[i]!),
    }
    assert.equal(digest(fit(shuffled, parameters)), reference)
  })

  test('a constant column behind the others', () => {
    const values = Float32Array.from({ length: 400 * 5 }, (_, i) =>
      i % 5 === 4 ? 7 : data.x.values[Math.floor(i / 5) * 4 + (i % 5)]!,
    )
    const wider = {
      ...data,
      x: { rows: 400, columns: 5, values },
      categorical: [...data.categorical, false],
    }
    assert.equal(digest(fit(wider, parameters)), reference)
  })

  test('a monotone map of a number, but for the thresholds', () => {
    const values = data.x.values.map((value, i) => (i % 4 === 0 ? value * 8 + 4 : value))
    const mapped = { ...data, x: { ...data.x, values } }
    const plain = scoreTrees(fit(data, parameters), data.x)
    assert.deepEqual(scoreTrees(fit(mapped, parameters), mapped.x), plain)
  })

  test('the names of categories', () => {
    const values = data.x.values.map((value, i) => (i % 4 === 3 ? value * 2 + 100 : value))
    const renamed = { ...data, x: { ...data.x, values } }
    const plain = scoreTrees(fit(data, parameters), data.x)
    assert.deepEqual(scoreTrees(fit(renamed, parameters), renamed.x), plain)
  })

  test('when it runs: the same seed gives the same bytes, another seed others', () => {
    const drawn = { ...parameters, featureFraction: 0.5, rowFraction: 0.7 }
    assert.equal(digest(fit(data, drawn, { seed: 1 })), digest(fit(data, drawn, { seed: 1 })))
    assert.notEqual(digest(fit(data, drawn, { seed: 1 })), digest(fit(data, drawn, { seed: 2 })))
    assert.equal(digest(fit(data, parameters, { seed: 2 })), reference)
  })

  test('the machine: these bytes were made once and are kept', () => {
    assert.equal(reference, '70e872d20b6a35d2')
  })
})

describe('many values', () => {
  test('fall into maxBins bins of about equally many rows', () => {
    const values = Array.from({ length: 1000 }, (_, i) => i)
    const data = numbers(
      values,
      values.map((v) => Number(v % 2 === 0)),
    )
    const { trees } = fit(data, {
      rounds: 1,
      maxLeaves: 1000,
      minRowsPerLeaf: 1,
      maxBins: 4,
      l2: 0,
    })
    const thresholds = [...trees[0]!.threshold].filter((_, node) => trees[0]!.feature[node] !== -1)
    for (const threshold of thresholds) assert.ok([249.5, 499.5, 749.5].includes(threshold))
  })

  test('of a category beyond the bins, the rarest, are never named', () => {
    // Codes 0 to 299; code c comes 1 + (c < 100) times, so 100 to 299 are the rare ones.
    const values = Array.from({ length: 400 }, (_, i) => (i < 300 ? i : i - 300))
    const data = {
      ...numbers(
        values,
        values.map((v) => v % 2),
      ),
      categorical: [true],
    }
    const model = fit(data, {
      rounds: 5,
      minRowsPerLeaf: 1,
      maxBins: 101,
      minRowsPerCategory: 1,
      maxCategories: 255,
    })
    const named = model.trees.flatMap(({ categories }) => categories.flatMap((set) => set ?? []))
    assert.ok(named.length > 0 && named.every((code) => code < 100))
  })

  test('stay within maxCategories names per split', () => {
    const data = generateData(6, { rows: 600 })
    const { trees } = fit(data, { rounds: 10, maxCategories: 2, minRowsPerLeaf: 5 })
    const sizes = trees.flatMap(({ categories }) => categories.flatMap((set) => set?.length ?? []))
    assert.ok(sizes.length > 0 && sizes.every((size) => size <= 2))
  })
})

function takeRows({ columns, values }: Matrix, order: readonly number[]): Matrix {
  const taken = order.flatMap((row) => Array.from(values.slice(row * columns, (row + 1) * columns)))
  return { rows: order.length, columns, values: Float32Array.from(taken) }
}

/** Rows that scoring brings to each leaf value, leaves of one value together. */
function countByLeaf(tree: Tree, x: Matrix): Map<number, number> {
  return countValues(
    [...scoreTrees({ baseScores: [0], trees: [tree] }, x)].map((value) => [value, 1]),
  )
}

function leafCounts(tree: Tree): Map<number, number> {
  const leaves = [...tree.feature.keys()].filter((node) => tree.feature[node] === -1)
  return countValues(leaves.map((leaf) => [tree.value[leaf]!, tree.rowCount[leaf]!]))
}

function countValues(pairs: readonly (readonly [number, number])[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const [value, count] of pairs) counts.set(value, (counts.get(value) ?? 0) + count)
  return new Map([...counts].sort(([a], [b]) => a - b))
}
