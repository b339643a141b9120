/**
 * What boosted trees cost beside LightGBM's and scikit-learn's at LightGBM's settings, on one thread,
 * each fit in a process of its own, and how well each ranks fresh rows:
 * node --conditions=mlpt-source bench/boosting.ts
 *
 * --threads 2 gives all of them two, in results/boosting-threads.json: then `seconds`, on free cores, tell more than CPU's.
 * --sizes 30000x23,200000x28,1000000x28 names others; --rounds how often each is measured, in turn.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import type { Matrix } from '../src/core/matrix.ts'
import { createRandom } from '../src/core/random.ts'
import { quantile, sigmoid } from '../src/math/index.ts'
import { fitBoosting, scoreTrees } from '../src/training/boosting/index.ts'
import { rocAucScore } from '../src/training/metrics/index.ts'
import { describeMachine } from './machine.ts'

const root = resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    python: { type: 'string', default: join(root, '.venv/bin/python') },
    rounds: { type: 'string', default: '3' },
    sizes: { type: 'string', default: '30000x23,200000x28' },
    threads: { type: 'string', default: '1' },
    fit: { type: 'string' },
  },
})

const settings = { rounds: 200, learningRate: 0.1, maxLeaves: 31, minRowsPerLeaf: 20, maxBins: 255 }

/** Levels of the categories, which are the last columns. */
const levels = [2, 3, 4, 6, 8, 10, 12, 20, 40]

interface Rows {
  readonly x: Matrix
  readonly y: Float64Array
}

/** Numbers of which one in twenty is missing, then codes; the target follows curves, products and effects of codes. */
function drawRows(seed: number, rows: number, columns: number): Rows {
  const random = createRandom(seed)
  const shape = createRandom(7)
  const effects = levels.map((level) => Array.from({ length: level }, () => shape.next() * 2 - 1))
  const numbers = columns - levels.length
  const cells = new Float32Array(rows * columns)
  const y = Float64Array.from({ length: rows }, (_, row) => {
    const own = cells.subarray(row * columns, (row + 1) * columns)
    for (let c = 0; c < numbers; c++) own[c] = (random.next() * 2 - 1) * Math.sqrt(3)
    for (const [i, level] of levels.entries()) own[numbers + i] = random.nextInteger(level)
    const coded = effects.reduce((sum, effect, i) => sum + effect[own[numbers + i]!]!, 0)
    const curve = own[0]! * own[1]! + own[2]! ** 2 - 1 + 0.5 * own[3]! - Math.abs(own[4]!) * own[5]!
    for (let c = 0; c < numbers; c++) if (random.next() < 0.05) own[c] = NaN
    return Number(random.next() < sigmoid(0.7 * coded + curve))
  })
  return { x: { rows, columns, values: cells }, y }
}

interface Answer {
  readonly label: string
  readonly cpuSeconds: number
  /** By the clock. */
  readonly seconds: number
  readonly maxRssBytes: number
  readonly scores: readonly number[]
}

interface Measured {
  readonly cpuSeconds: number
  readonly seconds: number
  readonly maxRssBytes: number
  readonly rocAuc: number
}

function measureSize(rows: number, columns: number): object {
  const folder = mkdtempSync(join(tmpdir(), 'mlpt-boosting-'))
  try {
    const fresh = drawRows(2, 20_000, columns)
    writeRows(folder, drawRows(1, rows, columns), fresh)
    const runs = new Map<string, Measured[]>()
    for (let turn = 0; turn < Number(values.rounds); turn++) {
      for (const { label, scores, ...usage } of runEach(folder)) {
        const rocAuc = rocAucScore(fresh.y, Float64Array.from(scores))
        runs.set(label, [...(runs.get(label) ?? []), { ...usage, rocAuc }])
      }
    }
    return summarize(runs)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function writeRows(folder: string, train: Rows, fresh: Rows): void {
  const { columns } = train.x
  const categorical = levels.map((_, i) => columns - levels.length + i)
  writeFileSync(join(folder, 'train.f32'), new Uint8Array(train.x.values.buffer))
  writeFileSync(join(folder, 'fresh.f32'), new Uint8Array(fresh.x.values.buffer))
  writeFileSync(join(folder, 'target.f64'), new Uint8Array(train.y.buffer))
  writeFileSync(
    join(folder, 'settings.json'),
    JSON.stringify({ ...settings, columns, categorical, threads: Number(values.threads) }),
  )
}

function* runEach(folder: string): Generator<Answer> {
  const script = ['--conditions=mlpt-source', join(root, 'bench/boosting.ts'), '--fit', folder]
  yield ask(process.execPath, script)
  for (const peer of ['lightgbm', 'sklearn']) {
    yield ask(values.python, [join(root, 'bench/peers/boosting.py'), folder, peer])
  }
}

function ask(program: string, args: readonly string[]): Answer {
  const printed = execFileSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: values.threads, OPENBLAS_NUM_THREADS: '1' },
  })
  return JSON.parse(printed)
}

/** In a process of its own: V8's compiling is part of the cost. */
function fitFolder(folder: string): Answer {
  const read = (name: string): ArrayBuffer =>
    Uint8Array.from(readFileSync(join(folder, name))).buffer
  const text = readFileSync(join(folder, 'settings.json'), 'utf8')
  const { columns, categorical, threads } = JSON.parse(text)
  const matrixOf = (cells: Float32Array): Matrix => ({
    rows: cells.length / columns,
    columns,
    values: cells,
  })
  const x = matrixOf(new Float32Array(read('train.f32')))
  const y = new Float64Array(read('target.f64'))
  const isCategory = Array.from({ length: columns }, (_, column) => categorical.includes(column))
  const before = process.cpuUsage()
  const started = performance.now()
  const model = fitBoosting(
    { x, y, categorical: isCategory },
    { ...settings, l2: 0, featureFraction: 1, maxOneHotCategories: 4 },
    { random: createRandom(1), threads },
  )
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(before)
  const scores = [...scoreTrees(model, matrixOf(new Float32Array(read('fresh.f32'))))]
  const maxRssBytes = process.resourceUsage().maxRSS * 1024
  return { label: 'ours', cpuSeconds: (user + system) / 1e6, seconds, maxRssBytes, scores }
}

function summarize(runs: ReadonlyMap<string, readonly Measured[]>): object {
  const own = medianOf(runs.get('ours')!)
  const peers = [...runs].filter(([label]) => label !== 'ours')
  return {
    ours: own,
    peers: Object.fromEntries(
      peers.map(([label, list]) => {
        const peer = medianOf(list)
        const ratio = round(own.cpuSeconds / peer.cpuSeconds, 100)
        const clockRatio = round(own.seconds / peer.seconds, 100)
        return [label, { ...peer, ratio, clockRatio }]
      }),
    ),
  }
}

function medianOf(list: readonly Measured[]): Measured {
  const median = (read: (one: Measured) => number): number =>
    quantile(Float64Array.from(list, read).sort(), 0.5)
  return {
    cpuSeconds: round(
      median((one) => one.cpuSeconds),
      1000,
    ),
    seconds: round(
      median((one) => one.seconds),
      1000,
    ),
    maxRssBytes: median((one) => one.maxRssBytes),
    rocAuc: round(list[0]!.rocAuc, 10_000),
  }
}

function round(value: number, steps: number): number {
  return Math.round(value * steps) / steps
}

if (values.fit !== undefined) process.stdout.write(JSON.stringify(fitFolder(values.fit)))
else {
  const machine = describeMachine()
  const sizes = values.sizes.split(',').map((size) => {
    const [rows, columns] = size.split('x').map(Number)
    return [size, measureSize(rows!, columns!)] as const
  })
  const report = {
    what: 'a fit of 200 trees with 31 leaves, 255 bins, learning rate 0.1, native categories, binning included; medians; ratio is ours / peer, of CPU seconds and by the clock',
    threads: Number(values.threads),
    rounds: Number(values.rounds),
    sizes: Object.fromEntries(sizes),
    machine,
  }
  const text = formatJson(report)
  const name = values.threads === '1' ? 'boosting' : 'boosting-threads'
  await writeFileAtomically(join(import.meta.dirname, `results/${name}.json`), text)
  process.stdout.write(text)
}
