import type { Contributions } from '../../core/contributions.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import type { ExplainedTree } from '../../model/explain/explained-tree.ts'
import { createTreeExplainer } from '../../model/explain/tree-shap.ts'
import type { BoostedTrees, Tree } from '../boosting/index.ts'
import { checkRows } from './check-rows.ts'

/**
 * What each column adds to the scores of each row, exactly (TreeSHAP), of trees in
 * memory, of every objective. A model in a folder tells the same by `predictor.explain`.
 *
 * @param x - the features of the fit, in its order; NaN where missing
 * @param columns - their names
 * @returns one entry, or one a class; of several classes the scores are logarithms of
 *   the probabilities up to a number that all classes of a row share
 * @throws {ToolkitError} `SHAPE_MISMATCH` when the columns are not those of the fit, `TRAINING_INVALID` without rows
 *
 * @example
 * ```ts
 * import { createRandom, explainTrees, fitBoosting } from 'ml-pipeline-toolkit'
 * const x = { rows: 4, columns: 1, values: Float32Array.of(1, 2, 3, 4) }
 * const data = { x, y: Float64Array.of(10, 10, 20, 20), categorical: [false] }
 * const parameters = { objective: 'regression', rounds: 1, learningRate: 1, l2: 0, minRowsPerLeaf: 1 } as const
 * const [told] = explainTrees(fitBoosting(data, parameters, { random: createRandom(1) }), x, ['a'])
 * told.base // => 15
 * told.values // => Float64Array.of(-5, -5, 5, 5)
 * ```
 */
export function explainTrees(
  model: BoostedTrees,
  x: Matrix,
  columns: readonly string[],
): readonly Contributions[] {
  checkRows(x)
  checkNames(model, x, columns)
  const outputs = model.baseScores.length
  return model.baseScores.map((baseScore, output) => {
    const trees = model.trees.filter((_, i) => i % outputs === output)
    const explainer = createTreeExplainer(trees.map(toExplainedTree))
    const values = new Float64Array(x.rows * x.columns)
    explainer.addContributions(values, x)
    return { score: scores[model.objective], base: baseScore + explainer.base, columns, values }
  })
}

const scores: Readonly<Record<BoostedTrees['objective'], Contributions['score']>> = {
  binary: 'log-odds',
  multiclass: 'log',
  poisson: 'log',
  regression: 'prediction',
  quantile: 'prediction',
}

function toExplainedTree(tree: Tree): ExplainedTree {
  return {
    ...tree,
    categories: tree.categories.map((codes) => codes && new Set(codes)),
    value: Float64Array.from(tree.value),
    rowCount: Float64Array.from(tree.rowCount),
  }
}

function checkNames({ trees }: BoostedTrees, x: Matrix, columns: readonly string[]): void {
  const needed = trees.reduce(
    (most, { feature }) => feature.reduce((a, b) => Math.max(a, b + 1), most),
    0,
  )
  if (columns.length === x.columns && needed <= x.columns) return
  throw new ToolkitError(
    'SHAPE_MISMATCH',
    `the rows have ${x.columns} columns, ${columns.length} names and trees that need ${needed}`,
    { hint: 'pass the features of the fit, in its order' },
  )
}
