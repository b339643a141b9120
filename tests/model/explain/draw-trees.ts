/** Random trees, random rows, and Shapley values by their definition. */

import { createRandom, type Random } from '../../../src/core/random.ts'
import { type ExplainedTree, goesLeft } from '../../../src/model/explain/explained-tree.ts'

/** A tree over few columns, so that paths test one twice; some branches saw no row of the fit. */
export function drawTree(seed: number, columns: number, depth: number): ExplainedTree {
  const random = createRandom(seed)
  const nodes: DrawnNode[] = []
  grow(nodes, { random, columns, depth, rowCount: 1000 })
  return {
    feature: Int32Array.from(nodes, ({ feature }) => feature),
    threshold: Float32Array.from(nodes, ({ threshold }) => threshold),
    categories: nodes.map(({ categories }) => categories),
    missingLeft: Uint8Array.from(nodes, ({ missingLeft }) => missingLeft),
    left: Int32Array.from(nodes, ({ left }) => left),
    right: Int32Array.from(nodes, ({ right }) => right),
    value: Float64Array.from(nodes, ({ value }) => value),
    rowCount: Float64Array.from(nodes, ({ rowCount }) => rowCount),
  }
}

interface DrawnNode {
  feature: number
  threshold: number
  categories: ReadonlySet<number> | undefined
  missingLeft: number
  left: number
  right: number
  value: number
  rowCount: number
}

function grow(
  nodes: DrawnNode[],
  at: { random: Random; columns: number; depth: number; rowCount: number },
): number {
  const { random, columns, depth, rowCount } = at
  const isLeaf = depth === 0 || rowCount < 2 || random.next() < 0.15
  const node: DrawnNode = {
    feature: isLeaf ? -1 : random.nextInteger(columns),
    threshold: Math.fround(random.nextInteger(5)),
    categories: random.next() < 0.3 ? new Set([0, 2, 5]) : undefined,
    missingLeft: random.nextInteger(2),
    left: -1,
    right: -1,
    value: isLeaf ? random.next() * 2 - 1 : 0,
    rowCount,
  }
  const index = nodes.push(node) - 1
  if (isLeaf) return index
  const leftRows = random.nextInteger(rowCount + 1)
  node.left = grow(nodes, { ...at, depth: depth - 1, rowCount: leftRows })
  node.right = grow(nodes, { ...at, depth: depth - 1, rowCount: rowCount - leftRows })
  return index
}

/** Cells from 0 to 5, some missing. */
export function drawRow(random: Random, columns: number): Float32Array {
  return Float32Array.from({ length: columns }, () =>
    random.next() < 0.15 ? Number.NaN : random.nextInteger(6),
  )
}

/** The mean of the tree over the fit's rows when only the columns of the set (a bit each) are known. */
export function expectationOf(
  tree: ExplainedTree,
  row: Float32Array,
  known: number,
  node = 0,
): number {
  const feature = tree.feature[node]!
  if (feature < 0) return tree.value[node]!
  const [left, right] = [tree.left[node]!, tree.right[node]!]
  if ((known >> feature) & 1) {
    return expectationOf(tree, row, known, goesLeft(tree, node, row[feature]!) ? left : right)
  }
  return (
    (tree.rowCount[left]! * expectationOf(tree, row, known, left) +
      tree.rowCount[right]! * expectationOf(tree, row, known, right)) /
    tree.rowCount[node]!
  )
}

/** Shapley values by their definition: the mean of what a column adds over all orders in which columns become known. */
export function shapleyValues(columns: number, worth: (known: number) => number): number[] {
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))
  return Array.from({ length: columns }, (_, column) => {
    let sum = 0
    for (let known = 0; known < 1 << columns; known++) {
      if ((known >> column) & 1) continue
      const size = known.toString(2).replaceAll('0', '').length
      const weight = (factorial(size) * factorial(columns - size - 1)) / factorial(columns)
      sum += weight * (worth(known | (1 << column)) - worth(known))
    }
    return sum
  })
}
