import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import { compileForest, type CompileOptions } from './compile-forest.ts'
import { readForest } from './forest.ts'
import type { Node } from './graph.ts'

/**
 * Binds a TreeEnsembleRegressor whose trees add to one target each and branch by `<=`
 * and `==`; [rows, targets] come out. Leaves are summed in float64, in tree order, and rounded once.
 *
 * @throws {ToolkitError} `MODEL_INVALID`, `MODEL_OPERATOR_UNSUPPORTED`
 */
export function compileTreeEnsemble(
  node: Node,
  options: CompileOptions = {},
): (rows: Matrix) => Matrix {
  const forest = readForest(node)
  const score = compileForest(forest, options)
  const { base } = forest
  const targets = base.length
  // Tree by tree over rows that stay in the cache.
  const blockRows = Math.max(1, Math.min(256, Math.floor(8192 / targets)))
  const sums = new Float64Array(blockRows * targets)
  return ({ rows, columns, values }) => {
    if (columns < forest.columns) {
      throw new ToolkitError(
        'MODEL_INVALID',
        `the model's TreeEnsembleRegressor is broken: it tests column ${forest.columns - 1} of ${columns}`,
        { hint: 'restore the model file, or train again' },
      )
    }
    const scores = new Float32Array(rows * targets)
    for (let start = 0; start < rows; start += blockRows) {
      const count = Math.min(blockRows, rows - start)
      // Loops, for most requests are one row: `set` and `subarray` take as long for one number as for a hundred.
      for (let r = 0, i = 0; r < count; r++) {
        for (let target = 0; target < targets; target++) sums[i++] = base[target]!
      }
      score(count === rows ? values : values.subarray(start * columns), count, columns, sums)
      for (let i = 0; i < count * targets; i++) scores[start * targets + i] = sums[i]!
    }
    return { rows, columns: targets, values: scores }
  }
}
