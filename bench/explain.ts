/**
 * Explaining rows by exact TreeSHAP beside LightGBM's pred_contrib, the same
 * trees and rows, one thread, CPU time, rounds in turns. Ours counts with making
 * ready and with the compiler's warm-up.
 *
 * Run: node --conditions=mlpt-source bench/explain.ts
 */

import { join } from 'node:path'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { quantile } from '../src/math/index.ts'
import { createTreeExplainer } from '../src/model/explain/tree-shap.ts'
import { askLightgbm } from '../tests/peers/explanations/lightgbm-trees.ts'
import { describeMachine } from './machine.ts'

const root = join(import.meta.dirname, '..')
const task = { trainRows: 30_000, trees: 200, leaves: 31, rows: 3000, repeats: 2 }
const rounds = 3

const machine = describeMachine()
const ours: number[] = []
const theirs: number[] = []
let version = ''
for (let round = 0; round < rounds; round++) {
  const answer = askLightgbm(join(root, '.venv/bin/python'), task)
  version = answer.version
  theirs.push(...answer.cpuSeconds)
  for (let repeat = 0; repeat < task.repeats; repeat++) {
    const before = process.cpuUsage()
    const explainer = createTreeExplainer(answer.trees)
    const into = new Float64Array(answer.rows.rows * answer.rows.columns)
    explainer.addContributions(into, answer.rows)
    const { user, system } = process.cpuUsage(before)
    ours.push((user + system) / 1e6)
  }
}
const usOf = (seconds: readonly number[]): number =>
  Math.round((quantile(Float64Array.from(seconds).sort(), 0.5) / task.rows) * 1e6)
const result = {
  what: 'exact TreeSHAP of one row, CPU µs, 200 trees of 31 leaves on 23 columns; medians of the rounds',
  oursUs: usOf(ours),
  lightgbmUs: usOf(theirs),
  ratioOursToPeer: Math.round((usOf(ours) / usOf(theirs)) * 100) / 100,
  lightgbm: version,
  task,
  rounds,
  machine,
}
await writeFileAtomically(join(root, 'bench/results/explain.json'), formatJson(result))
process.stdout.write(formatJson(result))
