/**
 * Our tracking server beside `mlflow server` with SQLite: start, memory, logging and searching, in turns in one run.
 * MLflow is measured as it comes (four workers, jobs), and in its best setting (one worker, no jobs), to which the
 * ratios of speed refer; those of start and memory refer to it as it comes. Searches must find the same runs.
 *
 * Run: node --conditions=mlpt-source bench/tracking.ts [--rounds 5] [--runs 10000] [--points 10000000]
 *   [--built]  as users have it, after `npm run build`: it starts faster than the sources
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { quantile } from '../src/math/index.ts'
import { describeMachine } from './machine.ts'
import { measureEmbedded, measureLongRun } from './tracking/embedded.ts'
import {
  connect,
  logBatches,
  logOneByOne,
  search,
  searches,
  startRun,
  type Client,
} from './tracking/load.ts'
import { fillStore } from './tracking/runs.ts'
import { startMlflow, startOurs, type Memory, type Server } from './tracking/servers.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    runs: { type: 'string', default: '10000' },
    points: { type: 'string', default: '10000000' },
    built: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const { built: isBuilt } = values
const counts = { runs: Number(values.runs), metrics: 20 }
const root = resolve(import.meta.dirname, '..')
const python = join(root, '.venv/bin/python')
if (!existsSync(python)) throw new Error("there is no mlflow to compare with: run 'make peers'")
const folder = mkdtempSync(join(tmpdir(), 'mlpt-bench-tracking-'))

/** What a contestant is asked for in each round: much of what is fast, little of what is slow. */
const work = {
  ours: { single: 2000, batches: 20 },
  mlflow: { single: 100, batches: 3 },
} as const
type Tool = keyof typeof work

const bestSettings = {
  args: ['--workers', '1'],
  environment: { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
}

try {
  const result = await measureAll()
  await writeFileAtomically(join(root, 'bench/results/tracking.json'), formatJson(result))
  process.stdout.write(formatJson(result))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measureAll(): Promise<object> {
  const machine = describeMachine()
  const starts = await measureStarts()
  const speed = await measureSpeed()
  const embedded: number[] = []
  for (let i = 0; i < rounds; i++) {
    embedded.push(await measureEmbedded(makeFolder(`embedded${i}`), 200_000))
  }
  return {
    what: 'medians; ratios are how many times better ours is: of start and memory to mlflow server as it comes, of speed to its best setting (one worker, no jobs)',
    ...counts,
    starts,
    speed,
    ratios: { ...ratiosOfStarts(starts), ...ratiosOfSpeed(speed) },
    embeddedMetricsPerSecond: median(embedded),
    longRun: await measureLongRun(makeFolder('long'), Number(values.points)),
    isBuilt,
    rounds,
    machine,
  }
}

interface Start extends Memory {
  readonly seconds: number
  /** Until it is ready; the memory is that of the idle server. */
  readonly cpuSeconds: number
}

type Starts = Record<'ours' | 'mlflow' | 'mlflowBest', Start>

/** Each start has a new database: that of the first start is made by it. */
async function measureStarts(): Promise<Starts> {
  const ours: Start[] = []
  for (let i = 0; i < rounds; i++)
    ours.push(await measureStart(startOurs(makeFolder(`start${i}`), { isBuilt })))
  const plain = { args: [], environment: {} }
  return {
    ours: medianStart(ours),
    mlflow: await measureStart(startMlflow(makeFolder('plain'), plain)),
    mlflowBest: await measureStart(startMlflow(makeFolder('best'), bestSettings)),
  }
}

async function measureStart(starting: Promise<Server>): Promise<Start> {
  await using server = await starting
  const cpuSeconds = round2(server.cpuSeconds())
  await server.untilIdle()
  return { seconds: round2(server.startSeconds), cpuSeconds, ...server.memory() }
}

function medianStart(starts: readonly Start[]): Start {
  const by = (pick: (start: Start) => number): number => median(starts.map(pick))
  return {
    seconds: by(({ seconds }) => seconds),
    cpuSeconds: by(({ cpuSeconds }) => cpuSeconds),
    processes: by(({ processes }) => processes),
    pssMib: by(({ pssMib }) => pssMib),
    rssMib: by(({ rssMib }) => rssMib),
  }
}

interface Contestant {
  readonly server: Server
  readonly client: Client
  readonly experimentId: string
  readonly runId: string
  readonly figures: Figures
}

interface Speed {
  readonly logMetricPerSecond: number
  readonly logBatchMetricsPerSecond: number
  readonly searchMs: Readonly<Record<string, number>>
  readonly cpuSeconds: number
  readonly memoryAfter: Memory
}

async function measureSpeed(): Promise<Record<Tool, Speed>> {
  await using stack = new AsyncDisposableStack()
  const oursFolder = makeFolder('ours')
  const mlflowFolder = makeFolder('mlflow')
  const experiments = { ours: await fillStore(oursFolder, counts), mlflow: '' }
  const servers = {
    ours: stack.use(await startOurs(oursFolder, { isBuilt })),
    mlflow: stack.use(await startMlflow(mlflowFolder, bestSettings)),
  }
  experiments.mlflow = fillMlflow(join(mlflowFolder, 'mlflow.db'))
  const enter = async (tool: Tool): Promise<Contestant> => {
    const client = stack.use(connect(servers[tool].address))
    const runId = await startRun(client)
    const figures: Figures = { single: [], batches: [], searches: new Map(), found: new Map() }
    return { server: servers[tool], client, experimentId: experiments[tool], runId, figures }
  }
  const contestants = { ours: await enter('ours'), mlflow: await enter('mlflow') }
  for (let round = 0; round < rounds; round++) {
    await measureRound(contestants.ours, work.ours)
    await measureRound(contestants.mlflow, work.mlflow)
    assert.deepEqual(contestants.ours.figures.found, contestants.mlflow.figures.found)
  }
  return {
    ours: summarise(contestants.ours),
    mlflow: summarise(contestants.mlflow),
  }
}

interface Figures {
  readonly single: number[]
  readonly batches: number[]
  /** Milliseconds of each search by its name. */
  readonly searches: Map<string, number[]>
  readonly found: Map<string, readonly string[]>
}

async function measureRound(
  { client, experimentId, runId, figures }: Contestant,
  { single, batches }: { readonly single: number; readonly batches: number },
): Promise<void> {
  figures.single.push(await logOneByOne(client, runId, single))
  figures.batches.push(await logBatches(client, await startRun(client), batches))
  for (const asked of searches) {
    const { milliseconds, runNames } = await search(client, experimentId, asked)
    const before = figures.searches.get(asked.name) ?? []
    figures.searches.set(asked.name, [...before, milliseconds])
    figures.found.set(asked.name, runNames)
  }
}

function summarise({ figures, server }: Contestant): Speed {
  return {
    logMetricPerSecond: median(figures.single),
    logBatchMetricsPerSecond: median(figures.batches),
    searchMs: Object.fromEntries([...figures.searches].map(([name, ms]) => [name, median(ms)])),
    cpuSeconds: round2(server.cpuSeconds()),
    memoryAfter: server.memory(),
  }
}

function fillMlflow(database: string): string {
  const script = join(import.meta.dirname, 'peers/fill-mlflow.py')
  const args = [script, database, String(counts.runs), String(counts.metrics)]
  return execFileSync(python, args, { encoding: 'utf8' }).trim()
}

function ratiosOfStarts({ ours, mlflow }: Starts): Record<string, number> {
  return {
    start: round2(mlflow.seconds / ours.seconds),
    startCpu: round2(mlflow.cpuSeconds / ours.cpuSeconds),
    memoryPss: round2(mlflow.pssMib / ours.pssMib),
    memoryRss: round2(mlflow.rssMib / ours.rssMib),
  }
}

function ratiosOfSpeed({ ours, mlflow }: Record<Tool, Speed>): Record<string, number> {
  const ratios: Record<string, number> = {
    logMetric: round2(ours.logMetricPerSecond / mlflow.logMetricPerSecond),
    logBatch: round2(ours.logBatchMetricsPerSecond / mlflow.logBatchMetricsPerSecond),
  }
  for (const { name } of searches) {
    ratios[`search ${name}`] = round2(mlflow.searchMs[name]! / ours.searchMs[name]!)
  }
  return ratios
}

function makeFolder(name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  return path
}

function median(numbers: readonly number[]): number {
  return round2(quantile(Float64Array.from(numbers).sort(), 0.5))
}

function round2(value: number): number {
  return Math.round(value * 100) / 100
}
