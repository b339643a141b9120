import { ToolkitError } from '../../core/errors.ts'
import { type Matrix } from '../../core/matrix.ts'
import { exp } from '../../math/exponential.ts'
import { sigmoid } from '../../math/sigmoid.ts'
import { fillSoftmax } from './objectives/multiclass.ts'
import { type BoostedTrees, type Tree } from './tree.ts'

/**
 * Scores of each row, shape [rows], or [rows, classes] for several classes: the
 * base score plus the leaves' values in the order of the trees, summed in float64.
 * Log odds of class 1 for a binary target, the log of the mean for Poisson's.
 *
 * @param x - the features of the fit, in its order; NaN where missing
 * @throws {ToolkitError} `SHAPE_MISMATCH` when a tree asks for a column that `x` does not have.
 */
export function scoreTrees(
  model: Pick<BoostedTrees, 'baseScores' | 'trees'>,
  x: Matrix,
): Float64Array {
  return interleave(sumTrees(model, x))
}

/**
 * What the trees were fitted for, of each row: the probability of class 1, of
 * each class, the mean or the quantile. Shape [rows], or [rows, classes].
 *
 * @param x - the features of the fit, in its order; NaN where missing
 * @throws {ToolkitError} as `scoreTrees`
 *
 * @example
 * ```ts
 * import { createRandom, fitBoosting, predictTrees } from 'ml-pipeline-toolkit'
 * const x = { rows: 4, columns: 1, values: Float32Array.of(1, 2, 3, NaN) }
 * const data = { x, y: Float64Array.of(10, 10, 20, 20), categorical: [false] }
 * const parameters = { objective: 'regression', rounds: 1, learningRate: 1, l2: 0, minRowsPerLeaf: 1 } as const
 * const model = fitBoosting(data, parameters, { random: createRandom(1) })
 * predictTrees(model, x) // => Float64Array.of(10, 10, 20, 20)
 * ```
 */
export function predictTrees(model: BoostedTrees, x: Matrix): Float64Array {
  const scores = sumTrees(model, x)
  switch (model.objective) {
    case 'binary':
      return scores[0]!.map(sigmoid)
    case 'poisson':
      return scores[0]!.map(exp)
    case 'multiclass':
      return softmaxOf(scores, x.rows)
    case 'regression':
    case 'quantile':
      return scores[0]!
  }
}

function softmaxOf(scores: readonly Float64Array[], rows: number): Float64Array {
  const classes = scores.length
  const out = new Float64Array(rows * classes)
  for (let row = 0; row < rows; row++) {
    fillSoftmax(out.subarray(row * classes, (row + 1) * classes), scores, row)
  }
  return out
}

/** Scores per output, each of shape [rows]. */
function sumTrees(
  { baseScores, trees }: Pick<BoostedTrees, 'baseScores' | 'trees'>,
  x: Matrix,
): Float64Array[] {
  checkColumns(trees, x)
  const scores = baseScores.map((base) => new Float64Array(x.rows).fill(base))
  for (const [i, tree] of trees.entries()) addTreeScores(scores[i % scores.length]!, tree, x)
  return scores
}

function interleave(columns: readonly Float64Array[]): Float64Array {
  if (columns.length === 1) return columns[0]!
  const width = columns.length
  const out = new Float64Array(width * columns[0]!.length)
  for (const [k, column] of columns.entries()) {
    for (let row = 0; row < column.length; row++) out[row * width + k] = column[row]!
  }
  return out
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
