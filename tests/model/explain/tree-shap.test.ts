import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import type { ExplainedTree } from '../../../src/model/explain/explained-tree.ts'
import { createTreeExplainer } from '../../../src/model/explain/tree-shap.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../../training/assert-fails.ts'
import { drawRow, drawTree, expectationOf, shapleyValues } from './draw-trees.ts'

describe('TreeSHAP', () => {
  test('is the Shapley value by its definition, on random trees and rows', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 7 }), (seed, columns) => {
        const trees = [drawTree(seed, columns, 6), drawTree(seed + 1, columns, 3)]
        const random = createRandom(seed)
        const row = drawRow(random, columns)
        const explainer = createTreeExplainer(trees)
        const found = new Float64Array(columns)
        explainer.addContributions(found, { rows: 1, columns, values: row })
        const worth = (known: number): number =>
          trees.reduce((sum, tree) => sum + expectationOf(tree, row, known), 0)
        shapleyValues(columns, worth).forEach((value, i) => assertClose(found[i]!, value, 1e-12))
        assertClose(explainer.base, worth(0), 1e-12)
      }),
      { numRuns: 150 },
    )
  })

  test('sums to the score of each row, on deep trees of many columns', () => {
    const columns = 40
    const trees = [1, 2, 3, 4, 5].map((seed) => drawTree(seed, columns, 14))
    const random = createRandom(9)
    const rows = Array.from({ length: 50 }, () => drawRow(random, columns))
    const explainer = createTreeExplainer(trees)
    const values = new Float64Array(rows.length * columns)
    explainer.addContributions(values, {
      rows: rows.length,
      columns,
      values: Float32Array.from(rows.flatMap((row) => [...row])),
    })
    for (const [r, row] of rows.entries()) {
      const score = trees.reduce((sum, tree) => sum + scoreOf(tree, row), 0)
      const told = values.subarray(r * columns, (r + 1) * columns).reduce((a, b) => a + b, 0)
      assertClose(explainer.base + told, score, 1e-12)
    }
  })

  test('is what a hand calculation gives', () => {
    // 10 rows, 4 of them with a ≤ 0; of the others 3 with b ≤ 0. Leaves 1, 5 and 7.
    const tree = {
      feature: Int32Array.of(0, -1, 1, -1, -1),
      threshold: Float32Array.of(0, 0, 0, 0, 0),
      categories: [undefined, undefined, undefined, undefined, undefined],
      missingLeft: Uint8Array.of(0, 0, 0, 0, 0),
      left: Int32Array.of(1, -1, 3, -1, -1),
      right: Int32Array.of(2, -1, 4, -1, -1),
      value: Float64Array.of(0, 1, 0, 5, 7),
      rowCount: Float64Array.of(10, 4, 6, 3, 3),
    }
    // Nothing known: 0.4 · 1 + 0.6 · 6 = 4. Known a = 1: 6. Known b = 1: 0.4 · 1 + 0.6 · 7 = 4.6. Both: 7.
    // a: ((6 − 4) + (7 − 4.6)) / 2 = 2.2; b: ((4.6 − 4) + (7 − 6)) / 2 = 0.8.
    const explainer = createTreeExplainer([tree])
    const found = new Float64Array(2)
    explainer.addContributions(found, { rows: 1, columns: 2, values: Float32Array.of(1, 1) })
    assertClose(explainer.base, 4)
    assertClose(found[0]!, 2.2)
    assertClose(found[1]!, 0.8)
  })
})

describe('trees that nobody grows are refused before they fill the memory', () => {
  test('a chain of a hundred thousand nodes', () => {
    assertFails(
      () => createTreeExplainer([chain(100_000, 3)]),
      'EXPLANATION_UNSUPPORTED',
      /too deep/,
    )
  })

  test('paths of a thousand columns in many trees', () => {
    const trees = Array.from({ length: 40 }, () => chain(900, 900))
    assertFails(() => createTreeExplainer(trees), 'EXPLANATION_UNSUPPORTED', /too large/)
  })

  test('a path of many columns is explained', () => {
    const tree = chain(100, 100)
    const explainer = createTreeExplainer([tree])
    const into = new Float64Array(100)
    const row = new Float32Array(100).fill(1)
    explainer.addContributions(into, { rows: 1, columns: 100, values: row })
    assertClose(
      into.reduce((sum, value) => sum + value, explainer.base),
      scoreOf(tree, row),
    )
  })
})

/** A tree whose right children are leaves, each split on the next column. */
function chain(splits: number, columns: number): ExplainedTree {
  const nodes = 2 * splits + 1
  const isSplit = (node: number): boolean => node % 2 === 0 && node < nodes - 1
  const each = <T>(f: (node: number) => T): T[] =>
    Array.from({ length: nodes }, (_, node) => f(node))
  return {
    feature: Int32Array.from(each((node) => (isSplit(node) ? (node / 2) % columns : -1))),
    threshold: new Float32Array(nodes),
    categories: each(() => undefined),
    missingLeft: new Uint8Array(nodes),
    left: Int32Array.from(each((node) => (isSplit(node) ? node + 1 : -1))),
    right: Int32Array.from(each((node) => (isSplit(node) ? node + 2 : -1))),
    value: Float64Array.from(each((node) => (isSplit(node) ? 0 : node))),
    rowCount: Float64Array.from(each((node) => splits + 2 - Math.ceil(node / 2))),
  }
}

function scoreOf(tree: ExplainedTree, row: Float32Array): number {
  let node = 0
  while (tree.feature[node]! >= 0) {
    const x = row[tree.feature[node]!]!
    const categories = tree.categories[node]
    const isLeft = Number.isNaN(x)
      ? tree.missingLeft[node] === 1
      : (categories?.has(x) ?? x <= tree.threshold[node]!)
    node = isLeft ? tree.left[node]! : tree.right[node]!
  }
  return tree.value[node]!
}
