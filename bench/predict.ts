/**
 * Scoring a Parquet file: mlpt predict, checks included, beside onnxruntime in
 * Python on the same model and file, one thread, CPU time of whole processes,
 * rounds in turns. The scores have to agree.
 *
 * Run: node --conditions=mlpt-source bench/predict.ts
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { createRandom } from '../src/core/random.ts'
import { openDatabase, quoteText } from '../src/data/duckdb-store.ts'
import type { Feature } from '../src/data/features.ts'
import { quantile } from '../src/math/index.ts'
import { encodeModel, writeModelFolder } from '../src/model/index.ts'
import { trainModel } from '../src/training/train.ts'
import { describeMachine } from './machine.ts'
import { measureCommand } from './measure.ts'

const root = join(import.meta.dirname, '..')
const python = join(root, '.venv/bin/python')
const task = { rows: 500_000, columns: 23, trees: 200, leaves: 31 }
const rounds = 3
const names = Array.from({ length: task.columns }, (_, c) => `c${c}`)

const machine = describeMachine()
const folder = mkdtempSync(join(tmpdir(), 'mlpt-bench-predict-'))
try {
  await writeModel(join(folder, 'model'))
  await writeRows(join(folder, 'rows.parquet'))
  await writeFileAtomically(join(root, 'bench/results/predict.json'), formatJson(await compare()))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function writeModel(directory: string): Promise<void> {
  const random = createRandom(1)
  const rows = 20_000
  const values = Float32Array.from({ length: rows * task.columns }, () => random.nextInteger(1000))
  const y = Float64Array.from({ length: rows }, (_, r) => {
    const [a, b, c] = values.subarray(r * task.columns)
    return Number(a! + (b! * c!) / 1000 + 400 * random.next() > 1000)
  })
  const features = names.map((name): Feature => ({
    name,
    field: { type: 'integer', min: 0, max: 999 },
    encoding: 'as-is',
  }))
  const parameters = { rounds: task.trees, maxLeaves: task.leaves, minRowsPerLeaf: 20 }
  const x = { rows, columns: task.columns, values }
  const onnx = encodeModel(
    trainModel({ kind: 'boosting', seed: 1, parameters }, features, { x, y }),
  )
  const inputs = Object.fromEntries(features.map(({ name, field }) => [name, field]))
  const example = Object.fromEntries(names.map((name) => [name, 1]))
  const manifest = { name: 'bench', kind: 'boosting', target: 'y', inputs, example }
  await writeModelFolder(directory, manifest, onnx)
}

async function writeRows(path: string): Promise<void> {
  using database = await openDatabase()
  const cells = names.map(
    (name, c) => `(hash(i * ${task.columns} + ${c}) % 1000)::BIGINT AS ${name}`,
  )
  await database.writeParquet(
    `SELECT i AS id, ${cells.join(', ')} FROM range(${task.rows}) t(i)`,
    path,
  )
}

async function compare(): Promise<object> {
  const paths = ['model', 'rows.parquet', 'ours.parquet', 'peer.parquet'].map((name) =>
    join(folder, name),
  )
  const [model, rows, ours, peer] = paths.map((path) => `'${path}'`)
  const mlpt = `'${process.execPath}' --conditions=mlpt-source bin/mlpt.js`
  const script = 'bench/peers/predict-onnxruntime.py'
  const commands = {
    ours: `${mlpt} predict ${rows} --model ${model} --key id -o ${ours}`,
    onnxruntime: `'${python}' ${script} '${join(folder, 'model/model.onnx')}' ${rows} ${peer}`,
  }
  const seconds = { ours: [] as number[], onnxruntime: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    for (const label of ['ours', 'onnxruntime'] as const) {
      const options = { directory: root, environment: { ...process.env, OMP_NUM_THREADS: '1' } }
      seconds[label].push(measureCommand(commands[label], options).cpuSeconds)
    }
  }
  const median = (label: 'ours' | 'onnxruntime'): number =>
    quantile(Float64Array.from(seconds[label]).sort(), 0.5)
  return {
    what: 'scoring a Parquet file, CPU seconds of the whole process, one thread; medians of the rounds; ours with the check of every cell',
    oursSeconds: median('ours'),
    onnxruntimeSeconds: median('onnxruntime'),
    ratioOursToPeer: Math.round((median('ours') / median('onnxruntime')) * 100) / 100,
    oursRowsPerCpuMinute: Math.round((task.rows / median('ours')) * 60),
    largestDifference: await findDifference(),
    onnxruntime: versionOfPeer(),
    task,
    rounds,
    machine,
  }
}

async function findDifference(): Promise<number> {
  using database = await openDatabase()
  const [ours, peer] = ['ours', 'peer'].map((name) => quoteText(join(folder, `${name}.parquet`)))
  const [told] = await database.query(
    `SELECT max(abs(a.probability - b.probability)) AS difference, count(*) AS rows
     FROM read_parquet(${ours}) a JOIN read_parquet(${peer}) b USING (id)`,
  )
  const difference = Number(told?.['difference'])
  if (difference <= 1e-6 && told?.['rows'] === task.rows) return difference
  throw new Error(`the scores differ by ${difference} in ${String(told?.['rows'])} rows`)
}

function versionOfPeer(): string {
  const code = 'import onnxruntime; print(onnxruntime.__version__)'
  return execFileSync(python, ['-c', code], { encoding: 'utf8' }).trim()
}
