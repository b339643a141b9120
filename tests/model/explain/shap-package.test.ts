/** What the shap package says of the same models: a file that fixtures/shap/make.py wrote. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Matrix } from '../../../src/core/matrix.ts'
import {
  compileExplainer,
  meanContributions,
} from '../../../src/model/explain/compile-explainer.ts'
import { createTreeExplainer } from '../../../src/model/explain/tree-shap.ts'
import { createGraphBuilder } from '../../../src/model/index.ts'
import { assertClose } from '../../assert-close.ts'

interface Told {
  readonly columns: number
  readonly rows: readonly number[]
  readonly trees: readonly Readonly<
    Record<'feature' | 'threshold' | 'left' | 'right' | 'value' | 'rowCount', readonly number[]>
  >[]
  readonly start: number
  readonly tree_base: number
  readonly tree_values: readonly number[]
  readonly coefficients: readonly number[]
  readonly intercept: number
  readonly training_rows: readonly number[]
  readonly linear_base: number
  readonly linear_values: readonly number[]
}

const path = join(import.meta.dirname, '../../fixtures/shap/shap.json')
const told = JSON.parse(readFileSync(path, 'utf8')) as Told
const rows = matrixOf(told.rows)

describe('the shap package', () => {
  test('has the same values of trees: TreeExplainer, path dependent', () => {
    const explainer = createTreeExplainer(
      told.trees.map((tree) => ({
        feature: Int32Array.from(tree.feature),
        threshold: Float32Array.from(tree.threshold),
        categories: tree.feature.map(() => undefined),
        missingLeft: new Uint8Array(tree.feature.length),
        left: Int32Array.from(tree.left),
        right: Int32Array.from(tree.right),
        value: Float64Array.from(tree.value),
        rowCount: Float64Array.from(tree.rowCount),
      })),
    )
    const values = new Float64Array(rows.values.length)
    explainer.addContributions(values, rows)
    assertClose(explainer.base + told.start, told.tree_base)
    told.tree_values.forEach((value, i) => assertClose(values[i]!, value))
  })

  test('has the same values of a linear model: LinearExplainer', () => {
    const graph = createGraphBuilder('linear', told.columns)
    const weights = graph.floats(told.coefficients, [told.columns, 1])
    const sum = graph.apply('Gemm', [graph.input, weights, graph.floats([told.intercept], [1])])
    const model = graph.finish(sum)
    const columns = ['a', 'b', 'c', 'd']
    const means = meanContributions(model, columns, matrixOf(told.training_rows))
    const [ours] = compileExplainer(model, { columns, means })(rows)
    // The file holds coefficients of 32 bits.
    assertClose(ours!.base, told.linear_base, 1e-6)
    told.linear_values.forEach((value, i) => assertClose(ours!.values[i]!, value, 1e-6))
  })
})

function matrixOf(cells: readonly number[]): Matrix {
  return {
    rows: cells.length / told.columns,
    columns: told.columns,
    values: Float32Array.from(cells),
  }
}
