/**
 * What an epoch of a network costs beside scikit-learn's and torch's (where a Python has it), on one
 * thread, and how well each ranks fresh rows: node --conditions=mlpt-source bench/neural.ts
 *
 * --python names another Python than .venv's; --rounds how often each is measured, in turn.
 */

import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import type { Matrix } from '../src/core/matrix.ts'
import { createRandom } from '../src/core/random.ts'
import { quantile, sigmoid } from '../src/math/index.ts'
import { rocAucScore } from '../src/training/metrics/index.ts'
import { fitNeural, type NeuralInput, scoreNeural } from '../src/training/neural/index.ts'
import { describeMachine } from './machine.ts'

const root = resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    python: { type: 'string', default: join(root, '.venv/bin/python') },
    rounds: { type: 'string', default: '3' },
  },
})

const numbers = 14
const levels = [2, 3, 4, 6, 8, 10, 12, 20, 40]
const settings = { hidden: [256, 256, 256], dropout: 0.1, rate: 0.001, batch: 512, epochs: 4 }

interface Rows {
  readonly x: Matrix
  readonly y: Float64Array
}

/** Standardized numbers, then codes from 0; the target follows curves, products and effects of codes. */
function drawRows(seed: number, count: number): Rows {
  const random = createRandom(seed)
  const shape = createRandom(7)
  const effects = levels.map((level) => Array.from({ length: level }, () => shape.next() * 2 - 1))
  const columns = numbers + levels.length
  const cells = new Float32Array(count * columns)
  const y = Float64Array.from({ length: count }, (_, row) => {
    const own = cells.subarray(row * columns, (row + 1) * columns)
    for (let c = 0; c < numbers; c++) own[c] = (random.next() * 2 - 1) * Math.sqrt(3)
    for (const [i, level] of levels.entries()) own[numbers + i] = random.nextInteger(level)
    const coded = effects.reduce((sum, effect, i) => sum + effect[own[numbers + i]!]!, 0)
    const curve = own[0]! * own[1]! + own[2]! ** 2 - 1 + 0.5 * own[3]! - Math.abs(own[4]!) * own[5]!
    return Number(random.next() < sigmoid(0.7 * coded + curve))
  })
  return { x: { rows: count, columns, values: cells }, y }
}

interface Measured {
  readonly cpuSecondsPerEpoch: number
  readonly rocAuc: number
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function measureOurs(train: Rows, fresh: Rows): Measured {
  const inputs = Array.from({ length: train.x.columns }, (_, column): NeuralInput =>
    column < numbers ? 'standardize' : 'embedding',
  )
  const ends: number[] = []
  const parameters = {
    hiddenUnits: settings.hidden,
    dropout: settings.dropout,
    learningRate: settings.rate,
    batchSize: settings.batch,
    // The first is warm-up: V8 compiles in it.
    maxEpochs: settings.epochs + 1,
    validationShare: 0,
  }
  const model = fitNeural({ ...train, inputs }, parameters, {
    random: createRandom(1),
    onEpoch: () => ends.push(cpuSeconds()),
  })
  const rocAuc = rocAucScore(fresh.y, Float64Array.from(scoreNeural(model, fresh.x)))
  return { cpuSecondsPerEpoch: (ends.at(-1)! - ends[0]!) / settings.epochs, rocAuc }
}

function measurePeers(train: Rows, fresh: Rows): Record<string, Measured> {
  const printed = execFileSync(values.python, [join(root, 'bench/peers/neural.py')], {
    input: JSON.stringify({
      ...settings,
      numbers,
      levels,
      x: listRows(train.x),
      y: [...train.y],
      fresh: listRows(fresh.x),
    }),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own script prints it
  const answers = JSON.parse(printed) as Record<
    string,
    { cpuSecondsPerEpoch: number; probability: number[] }
  >
  return Object.fromEntries(
    Object.entries(answers).map(([name, { cpuSecondsPerEpoch, probability }]) => [
      name,
      { cpuSecondsPerEpoch, rocAuc: rocAucScore(fresh.y, Float64Array.from(probability)) },
    ]),
  )
}

function listRows({ values: cells, rows, columns }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, r) => [...cells.subarray(r * columns, (r + 1) * columns)])
}

function summarize(list: readonly Measured[]): Measured {
  const seconds = Float64Array.from(list, (one) => one.cpuSecondsPerEpoch).sort()
  return { cpuSecondsPerEpoch: round(quantile(seconds, 0.5)), rocAuc: round(list[0]!.rocAuc) }
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000
}

const machine = describeMachine()
const [train, fresh] = [drawRows(1, 30_000), drawRows(2, 7_500)]
const ours: Measured[] = []
const peers = new Map<string, Measured[]>()
for (let turn = 0; turn < Number(values.rounds); turn++) {
  ours.push(measureOurs(train, fresh))
  for (const [name, measured] of Object.entries(measurePeers(train, fresh))) {
    peers.set(name, [...(peers.get(name) ?? []), measured])
  }
}
const own = summarize(ours)
const result = {
  what: `an epoch over 30,000 × ${train.x.columns} (${numbers} numbers, ${levels.length} categories), ${settings.hidden.join('-')} ReLU, batches of ${settings.batch}, one thread; medians; ratio is ours / peer`,
  rounds: Number(values.rounds),
  ours: own,
  peers: Object.fromEntries(
    [...peers].map(([name, list]) => {
      const measured = summarize(list)
      const ratio = Math.round((100 * own.cpuSecondsPerEpoch) / measured.cpuSecondsPerEpoch) / 100
      return [name, { ...measured, ratio }]
    }),
  ),
  machine,
}
await writeFileAtomically(join(root, 'bench/results/neural.json'), formatJson(result))
process.stdout.write(formatJson(result))
