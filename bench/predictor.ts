/**
 * What a prediction costs inside the process, without a server: our evaluator, with trees as generated code and
 * walked, beside onnxruntime in Python on the same ONNX file and rows. One row at a time, each another one, and
 * batches; CPU time, one thread, rounds in turns.
 *
 * Run: node --conditions=mlpt-source bench/predictor.ts
 */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import type { Matrix } from '../src/core/matrix.ts'
import { createRandom } from '../src/core/random.ts'
import { quantile } from '../src/math/index.ts'
import { compileModel, decodeModel, encodeModel } from '../src/model/index.ts'
import { fitBoosting } from '../src/training/boosting/index.ts'
import { exportBoosting } from '../src/training/export-boosting.ts'
import { describeMachine } from './machine.ts'

const root = join(import.meta.dirname, '..')
const task = { trees: 200, leaves: 31, columns: 23, batchRows: 30_000, singleRows: 5000 }
const rounds = 5
/** Passes over the rows, one by one and in batches, before one is measured: a server has made its code fast by then. */
const warmUps = 10

/** CPU microseconds of one row. */
interface Measured {
  readonly singleUs: number
  readonly batchUs: number
  /** Milliseconds to make the model ready, from its bytes. */
  readonly openMs: number
}

interface PeerAnswer extends Measured {
  readonly version: string
}

const machine = describeMachine()
const { onnx, rows } = fitModel()
const measured: Record<'generated' | 'walked' | 'onnxruntime', Measured[]> = {
  generated: [],
  walked: [],
  onnxruntime: [],
}
let version: string | undefined
for (let round = 0; round < rounds; round++) {
  measured.generated.push(measureOurs(true))
  measured.walked.push(measureOurs(false))
  const peer = askPeer()
  if (peer === undefined) continue
  version = peer.version
  measured.onnxruntime.push(peer)
}
const [generated, walked, peer] = [
  medianOf(measured.generated),
  medianOf(measured.walked),
  version === undefined ? undefined : medianOf(measured.onnxruntime),
]
const result = {
  what: 'CPU µs of one row of boosted trees, alone and in a batch, and ms to open the model; medians of the rounds',
  ours: generated,
  oursWhereCodeMayNotBeGenerated: walked,
  onnxruntime: peer && { version, ...peer },
  ratioOursToPeer: peer && {
    single: round2(generated.singleUs / peer.singleUs),
    batch: round2(generated.batchUs / peer.batchUs),
  },
  modelBytes: onnx.length,
  task,
  rounds,
  machine,
}
await writeFileAtomically(join(root, 'bench/results/predictor.json'), formatJson(result))
process.stdout.write(formatJson(result))

/** Numbers of which one in twenty is missing, then codes of eight categories, and a target that follows some of them. */
function fitModel(): { readonly onnx: Uint8Array; readonly rows: Matrix } {
  const random = createRandom(1)
  const { columns, batchRows } = task
  const isCategory = Array.from({ length: columns }, (_, column) => column >= 14)
  const values = Float32Array.from({ length: batchRows * columns }, (_, i) => {
    if (isCategory[i % columns] === true) return random.nextInteger(8)
    return random.next() < 0.05 ? Number.NaN : random.next() * 2 - 1
  })
  const y = Float64Array.from({ length: batchRows }, (_, r) => {
    const [a = 0, b = 0, c = 0] = values.subarray(r * columns, r * columns + 3)
    const code = values[r * columns + 20]!
    const effect = [0.5, -0.5, 0.2, -0.2, 0.1, 0, 0.3, -0.4][code]!
    return Number((a || 0) * (b || 0) + (c || 0) + effect + random.next() - 0.5 > 0)
  })
  const x = { rows: batchRows, columns, values }
  const parameters = { rounds: task.trees, maxLeaves: task.leaves, minRowsPerLeaf: 20 }
  const trees = fitBoosting({ x, y, categorical: isCategory }, parameters, { random })
  return { onnx: encodeModel(exportBoosting(trees, columns)), rows: x }
}

function measureOurs(mayGenerateCode: boolean): Measured {
  const before = process.cpuUsage()
  const predict = compileModel(decodeModel(onnx), { mayGenerateCode })
  const openMs = cpuSince(before) / 1000
  const single = Array.from({ length: task.singleRows }, (_, r) => ({
    rows: 1,
    columns: task.columns,
    values: rows.values.slice(r * task.columns, (r + 1) * task.columns),
  }))
  for (let pass = 0; pass < warmUps; pass++) for (const row of single) predict(row)
  const start = process.cpuUsage()
  for (const row of single) predict(row)
  const singleUs = cpuSince(start) / task.singleRows
  for (let pass = 0; pass < warmUps; pass++) predict(rows)
  const batchStart = process.cpuUsage()
  predict(rows)
  return { singleUs, batchUs: cpuSince(batchStart) / task.batchRows, openMs }
}

/** Microseconds, of all threads of the process: the compiler's and the collector's too. */
function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return user + system
}

function askPeer(): PeerAnswer | undefined {
  const python = join(root, '.venv/bin/python')
  if (!existsSync(python)) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'mlpt-bench-'))
  try {
    writeFileSync(join(folder, 'model.onnx'), onnx)
    writeFileSync(join(folder, 'rows.f32'), new Uint8Array(rows.values.buffer))
    const args = [join(root, 'bench/peers/predictor-onnxruntime.py'), folder]
    const counts = [String(task.columns), String(task.singleRows)]
    return JSON.parse(execFileSync(python, [...args, ...counts], { encoding: 'utf8' }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function medianOf(list: readonly Measured[]): Measured {
  const median = (pick: (one: Measured) => number): number =>
    round2(quantile(Float64Array.from(list, pick).sort(), 0.5))
  return {
    singleUs: median(({ singleUs }) => singleUs),
    batchUs: median(({ batchUs }) => batchUs),
    openMs: median(({ openMs }) => openMs),
  }
}

function round2(value: number): number {
  return Math.round(value * 100) / 100
}
