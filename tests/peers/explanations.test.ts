import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createTreeExplainer } from '../../src/model/explain/tree-shap.ts'
import { assertClose } from '../assert-close.ts'
import { askLightgbm } from './explanations/lightgbm-trees.ts'
import { findPeer } from './python.ts'

const { python, skip } = findPeer('.venv', 'lightgbm')

describe('TreeSHAP', { skip }, () => {
  test("is LightGBM's pred_contrib on LightGBM's own trees: numbers, categories, missing values", () => {
    const task = { trainRows: 6000, trees: 60, leaves: 31, rows: 300, repeats: 1 }
    const { trees, rows, contributions } = askLightgbm(python, task)
    assert.ok(trees.some((tree) => tree.categories.some((set) => set !== undefined)))
    const explainer = createTreeExplainer(trees)
    const told = new Float64Array(rows.rows * rows.columns)
    explainer.addContributions(told, rows)
    for (const [row, theirs] of contributions.entries()) {
      assertClose(explainer.base, theirs.at(-1)!, 1e-9)
      for (let column = 0; column < rows.columns; column++) {
        assertClose(told[row * rows.columns + column]!, theirs[column]!, 1e-9)
      }
    }
  })

  test('is the same of several classes, one behind the other', () => {
    const classes = 3
    const task = { trainRows: 1500, trees: 10, leaves: 15, rows: 60, repeats: 1, classes }
    const { trees, rows, contributions } = askLightgbm(python, task)
    assert.equal(trees.length, 10 * classes)
    const width = rows.columns + 1
    for (let k = 0; k < classes; k++) {
      const explainer = createTreeExplainer(trees.filter((_, i) => i % classes === k))
      const told = new Float64Array(rows.rows * rows.columns)
      explainer.addContributions(told, rows)
      for (const [row, all] of contributions.entries()) {
        const theirs = all.slice(k * width, (k + 1) * width)
        assertClose(explainer.base, theirs.at(-1)!, 1e-9)
        for (let column = 0; column < rows.columns; column++) {
          assertClose(told[row * rows.columns + column]!, theirs[column]!, 1e-9)
        }
      }
    }
  })
})
