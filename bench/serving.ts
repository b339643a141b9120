/**
 * What one prediction costs a server: CPU time of its processes a request, latency, memory, and how long it takes
 * to be ready. The same trees behind `mlpt serve`, a package of `mlpt package`, FastAPI, MLflow and BentoML, asked in turns by wrk.
 *
 * Run on an idle machine that has wrk: node --conditions=mlpt-source bench/serving.ts [seconds of a burst]
 * About three minutes with the 2 seconds that are the default.
 */

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { quantile } from '../src/math/index.ts'
import { describeMachine } from './machine.ts'
import {
  listContestants,
  startContestant,
  type Contestant,
  type RunningContestant,
} from './serving/contestants.ts'
import { hasWrk, measureLoad, readMemoryBytes, type Load } from './serving/load.ts'
import { makeModels, type MadeModels } from './serving/train-model.ts'

const rounds = 3
const connectionCounts = [1, 16, 64] as const
/** Of `mlpt package`, whose time to be ready is told as a median. */
const startsMeasured = 5
/** A server, and its loads by the number of connections. */
interface Measured {
  readonly server: RunningContestant
  readonly loads: ReadonlyMap<number, Load[]>
}

async function compare(seconds: number): Promise<object> {
  const machine = describeMachine()
  execFileSync('npm', ['run', 'build'], { cwd: join(import.meta.dirname, '..'), stdio: 'pipe' })
  const models = await makeModels()
  try {
    const contestants = listContestants(models)
    const starts = await measureStarts(contestants.find(({ name }) => name === 'mlpt package')!)
    await using servers = new AsyncDisposableStack()
    const measured: Measured[] = []
    const skipped: Record<string, string> = {}
    for (const contestant of contestants) {
      const server = await startContestant(contestant)
      if (server === undefined) skipped[contestant.name] = `'${contestant.needs?.[1]}' installs it`
      else {
        const loads = new Map(connectionCounts.map((count) => [count, []]))
        measured.push({ server: servers.use(server), loads })
      }
    }
    await measureRounds(measured, models, seconds)
    const results = Object.fromEntries(
      measured.map((one) => [one.server.contestant.name, describe(one)]),
    )
    return { ...summarize(results), readyMs: starts, results, skipped, rounds, seconds, machine }
  } finally {
    rmSync(models.scratch, { recursive: true, force: true })
  }
}

/** Milliseconds from the start of the process to its first answer that it is ready. */
async function measureStarts(contestant: Contestant): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < startsMeasured; i++) {
    await using server = await startContestant(contestant)
    times.push(server!.readyMs)
  }
  return Math.round(median(times))
}

async function measureRounds(
  measured: readonly Measured[],
  { row, scratch }: MadeModels,
  seconds: number,
): Promise<void> {
  const burst = async (server: RunningContestant, connections: number): Promise<Load> => {
    const { path, body } = server.contestant
    const target = { port: server.port, path, body: JSON.stringify(body(row)) }
    return measureLoad(server.pid, target, { connections, seconds, scratch })
  }
  // Until most of the code is compiled as well as it will be; what Python runs is so at once.
  for (const { server } of measured) {
    for (let i = 0; i < (server.contestant.needs === undefined ? 6 : 1); i++) await burst(server, 4)
  }
  for (let round = 1; round <= rounds; round++) {
    for (const { server, loads } of measured) {
      for (const [connections, list] of loads) list.push(await burst(server, connections))
    }
    process.stderr.write(`round ${round} of ${rounds}\n`)
  }
}

interface Described {
  readonly what: string
  readonly memoryMegabytes: number
  /** By the number of connections. */
  readonly connections: Readonly<Record<string, Load>>
}

/** The median of each number over the rounds. */
function describe({ server, loads }: Measured): Described {
  const connections = Array.from(loads, ([count, list]) => {
    const of = (read: (load: Load) => number): number => Math.round(median(list.map(read)))
    const load: Load = {
      cpuUsPerRequest: of((one) => one.cpuUsPerRequest),
      p50Us: of((one) => one.p50Us),
      p99Us: of((one) => one.p99Us),
      requestsPerSecond: of((one) => one.requestsPerSecond),
    }
    return [String(count), load] as const
  })
  return {
    what: server.contestant.what,
    memoryMegabytes: Math.round(readMemoryBytes(server.pid) / 1e6),
    connections: Object.fromEntries(connections),
  }
}

/** How many times the CPU time of `mlpt serve` the others take, by the number of connections. */
function summarize(results: Readonly<Record<string, Described>>): object {
  const ratios = connectionCounts.map((count) => {
    const cost = (name: string): number => results[name]?.connections[count]?.cpuUsPerRequest ?? NaN
    const ours = cost('mlpt serve')
    const told = Object.keys(results).map((name) => [
      name,
      Math.round((100 * cost(name)) / ours) / 100,
    ])
    return [count, Object.fromEntries(told)] as const
  })
  return {
    what: 'one prediction a request, 200 trees of 31 leaves on 23 columns; medians of the rounds',
    cpuRatioToOursByConnections: Object.fromEntries(ratios),
  }
}

function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5)
}

if (hasWrk()) {
  const result = await compare(Number(process.argv[2] ?? 2))
  const text = formatJson(result)
  await writeFileAtomically(join(import.meta.dirname, 'results/serving.json'), text)
  process.stdout.write(text)
} else {
  process.stderr.write("skipped: no wrk; 'apt-get install wrk' installs it\n")
}
