import { ToolkitError } from '../../core/errors.ts'
import { type Matrix } from '../../core/matrix.ts'
import { type BoostedTrees, type Tree } from './tree.ts'

/**
 * Log odds of class 1 for each row, shape [rows]: the base score plus the
 * leaves' values in the order of the trees, summed in float64.
 *
 * @param x - the features of the fit, in its order; NaN where missing
 * @throws {ToolkitError} `SHAPE_MISMATCH` when a tree asks for a column that `x` does not have.
 */
export function scoreTrees({ baseScore, trees }: BoostedTrees, x: Matrix): Float64Array {
  checkColumns(trees, x)
  const scores = new Float64Array(x.rows).fill(baseScore)
  for (const tree of trees) addTreeScores(scores, tree, x)
  return scores
}

/** Adds to each row's score the value of the leaf it comes to. */
export function addTreeScores(into: Float64Array, tree: Tree, x: Matrix): void {
  for (let row = 0; row < x.rows; row++) into[row]! += tree.value[findLeaf(tree, x, row)]!
}

/** The leaf, as a node number, that a row comes to. */
function findLeaf(tree: Tree, x: Matrix, row: number): number {
  const line = row * x.columns
  let node = 0
  let feature = tree.feature[0]!
  while (feature !== -1) {
    node = goesLeft(tree, node, x.values[line + feature]!) ? tree.left[node]! : tree.right[node]!
    feature = tree.feature[node]!
  }
  return node
}

function goesLeft(tree: Tree, node: number, value: number): boolean {
  if (Number.isNaN(value)) return tree.missingLeft[node] === 1
  const categories = tree.categories[node]
  return categories === undefined ? value <= tree.threshold[node]! : categories.includes(value)
}

function checkColumns(trees: readonly Tree[], x: Matrix): void {
  const needed = trees.reduce(
    (most, { feature }) => feature.reduce((a, b) => Math.max(a, b + 1), most),
    0,
  )
  if (needed <= x.columns) return
  throw new ToolkitError(
    'SHAPE_MISMATCH',
    `the trees need ${needed} columns, the rows have ${x.columns}`,
    {
      hint: 'pass the features of the fit, in its order',
    },
  )
}
