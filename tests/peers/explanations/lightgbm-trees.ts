/** LightGBM's own trees, as our explanations walk them, with what it says of the same rows. */

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Matrix } from '../../../src/core/matrix.ts'
import type { ExplainedTree } from '../../../src/model/explain/explained-tree.ts'

export interface LightgbmAnswer {
  readonly version: string
  readonly trees: readonly ExplainedTree[]
  readonly rows: Matrix
  /** pred_contrib: the columns' contributions and, last, the base, row by row; of several classes one behind the other. */
  readonly contributions: readonly (readonly number[])[]
  /** CPU time of each call of pred_contrib, one thread. */
  readonly cpuSeconds: readonly number[]
}

/** How much to train and to explain. */
export interface LightgbmTask {
  readonly trainRows: number
  readonly trees: number
  readonly leaves: number
  readonly rows: number
  readonly repeats: number
  /** Default 2, of which the second has the score. */
  readonly classes?: number
}

/** Runs the program beside this file. */
export function askLightgbm(python: string, task: LightgbmTask): LightgbmAnswer {
  const program = join(import.meta.dirname, 'lightgbm-trees.py')
  const { trainRows, trees, leaves, rows, repeats, classes = 2 } = task
  const numbers = [trainRows, trees, leaves, rows, repeats, classes].map(String)
  const printed = execFileSync(python, [program, ...numbers], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  const answer: PrintedAnswer = JSON.parse(printed)
  return {
    ...answer,
    trees: answer.trees.map(toTree),
    rows: {
      rows: answer.rows.length,
      columns: answer.columns,
      values: Float32Array.from(answer.rows.flat(), (cell) => cell ?? Number.NaN),
    },
  }
}

interface PrintedTree {
  readonly feature: readonly number[]
  readonly threshold: readonly number[]
  readonly categories: readonly (readonly number[] | null)[]
  readonly missingLeft: readonly number[]
  readonly left: readonly number[]
  readonly right: readonly number[]
  readonly value: readonly number[]
  readonly rowCount: readonly number[]
}

interface PrintedAnswer {
  readonly version: string
  readonly columns: number
  readonly trees: readonly PrintedTree[]
  readonly rows: readonly (readonly (number | null)[])[]
  readonly contributions: readonly (readonly number[])[]
  readonly cpuSeconds: readonly number[]
}

function toTree(tree: PrintedTree): ExplainedTree {
  return {
    feature: Int32Array.from(tree.feature),
    threshold: Float32Array.from(tree.threshold),
    categories: tree.categories.map((codes) => (codes === null ? undefined : new Set(codes))),
    missingLeft: Uint8Array.from(tree.missingLeft),
    left: Int32Array.from(tree.left),
    right: Int32Array.from(tree.right),
    value: Float64Array.from(tree.value),
    rowCount: Float64Array.from(tree.rowCount),
  }
}
