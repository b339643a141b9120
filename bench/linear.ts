/**
 * Logistic and ridge regression beside scikit-learn's solvers on the same encoded
 * rows, one thread, CPU time of the fit; medians of the rounds, and our first fit,
 * which the compiler warms up in.
 *
 * Run: node --conditions=mlpt-source bench/linear.ts
 */

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { createRandom } from '../src/core/random.ts'
import type { Matrix } from '../src/core/matrix.ts'
import type { Feature } from '../src/data/features.ts'
import { quantile, sigmoid } from '../src/math/index.ts'
import { encodeLinearDesign, fitLinearDesign } from '../src/training/linear-design.ts'
import { fitLinear, fitLogistic } from '../src/training/linear/index.ts'
import { describeMachine } from './machine.ts'

const root = join(import.meta.dirname, '..')
const rounds = 5
const task = {
  rows: 30_000,
  numbers: 14,
  missingShare: 0.05,
  levels: [2, 3, 4, 6, 8, 11, 15, 20, 40],
}

const machine = describeMachine()
const drawn = drawRows()
const design = encodeLinearDesign(fitLinearDesign(drawn.features, drawn.x), drawn.x)
const ours = {
  logistic: measure(() => fitLogistic(design, drawn.labels, { l2: 1 })),
  ridge: measure(() => fitLinear(design, drawn.quantity, { l2: 1 })),
}
const { coefficients } = fitLogistic(design, drawn.labels, { l2: 1 })
const theirs = askPeer()
const peers = Object.fromEntries(
  Object.entries(theirs.cpuSeconds).map(([name, seconds]) => [name, median(seconds)]),
)
const bestOf = (start: string): number =>
  Math.min(
    ...Object.entries(peers).flatMap(([name, value]) => (name.startsWith(start) ? [value] : [])),
  )
const result = {
  what: 'CPU seconds of one fit, l2 1: ours to slopes of 1e-10, scikit-learn to its default tolerance; ratio to its fastest solver',
  ours: Object.fromEntries(
    Object.entries(ours).map(([name, seconds]) => [
      name,
      { first: round(seconds[0]!), median: median(seconds) },
    ]),
  ),
  peers,
  ratioOursToFastestPeer: {
    logistic: round(median(ours.logistic) / bestOf('logistic')),
    ridge: round(median(ours.ridge) / bestOf('ridge')),
  },
  largestDifferenceOfCoefficients: Math.max(
    ...theirs.coefficients.map((value, i) => Math.abs(value - coefficients[i]!)),
  ),
  'scikit-learn': theirs.version,
  task: { ...task, designColumns: design.columns },
  rounds,
  machine,
}
await writeFileAtomically(join(root, 'bench/results/linear.json'), formatJson(result))
process.stdout.write(formatJson(result))

function measure(fit: () => unknown): number[] {
  return Array.from({ length: rounds }, () => {
    const before = process.cpuUsage()
    fit()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1e6
  })
}

function median(seconds: readonly number[]): number {
  return round(quantile(Float64Array.from(seconds).sort(), 0.5))
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

interface PeerAnswer {
  readonly version: string
  readonly coefficients: readonly number[]
  readonly cpuSeconds: Readonly<Record<string, readonly number[]>>
}

function askPeer(): PeerAnswer {
  const one = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
  const printed = execFileSync(
    join(root, '.venv/bin/python'),
    [join(root, 'bench/peers/linear.py')],
    {
      input: JSON.stringify({
        rounds,
        rows: design.rows,
        columns: design.columns,
        starts: [...design.starts],
        columnOf: [...design.columnOf],
        values: [...design.values],
        labels: [...drawn.labels],
        quantity: [...drawn.quantity],
      }),
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      env: { ...process.env, ...one },
    },
  )
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what bench/peers/linear.py prints
  return JSON.parse(printed) as PeerAnswer
}

/** Numbers, some missing, and categories; half of the columns decide. */
function drawRows() {
  const random = createRandom(29)
  const columns = task.numbers + task.levels.length
  const features = Array.from({ length: columns }, (_, column): Feature => {
    const count = task.levels[column - task.numbers]
    const name = `column ${column}`
    return count === undefined
      ? { name, field: { type: 'number', nullable: true }, encoding: 'standardize' }
      : { name, field: { type: 'category', levels: [...Array(count).keys()] }, encoding: 'one-hot' }
  })
  const values = Float32Array.from({ length: task.rows * columns }, (_, i) => {
    const count = task.levels[(i % columns) - task.numbers]
    if (count !== undefined) return random.nextInteger(count)
    return random.next() < task.missingShare ? NaN : random.next() * 10
  })
  const x: Matrix = { rows: task.rows, columns, values }
  const quantity = Float64Array.from({ length: task.rows }, (_, row) => {
    let sum = random.next()
    for (let column = 0; column < columns; column += 2) {
      sum += ((values[row * columns + column]! || 5) % 5) / (3 + column)
    }
    return sum
  })
  const middle = quantile(quantity.toSorted(), 0.6)
  const labels = quantity.map((value) => Number(random.next() < sigmoid(value - middle)))
  return { features, x, labels, quantity }
}
