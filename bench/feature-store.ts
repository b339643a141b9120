/**
 * The feature store beside Feast's: 5 features of 1,000,000 facts joined point in time to 100,000 rows (Feast's DuckDB
 * store, which keeps every row, and both write Parquet), 20,000 entities materialized, and one entity read online.
 *
 * Run after `npm run build`: node bench/feature-store.ts [--rounds 5]
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { appendFeatures } from '../src/data/feature-store/feature-store-file.ts'
import { openDatabase, quoteText } from '../src/data/duckdb-store.ts'
import { view } from './feature-store/run-process.ts'
import { describeMachine } from './machine.ts'
import { measureProcess, medianUsage, ratioOfUsage, type Usage } from './process-usage.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const root = resolve(import.meta.dirname, '..')
const python = join(root, '.venv-feast/bin/python')
if (!existsSync(python)) throw new Error("there is no feast to compare with: run 'make peers'")
const folder = mkdtempSync(join(tmpdir(), 'mlpt-bench-features-'))
const facts = join(folder, 'facts.parquet')
const rows = join(folder, 'rows.parquet')
const store = join(folder, 'store')
try {
  const machine = describeMachine()
  await writeTables()
  await appendFeatures(view, { store, file: facts })
  const result = { ...(await compareJoin(Number(values.rounds))), online: compareOnline(), machine }
  await writeFileAtomically(join(root, 'bench/results/feature-store.json'), formatJson(result))
  process.stdout.write(formatJson(result))
} finally {
  rmSync(folder, { recursive: true })
}

async function writeTables(): Promise<void> {
  using database = await openDatabase()
  // One fact a client and day.
  const momentOfDay = `TIMESTAMP '2026-01-01' + to_days((i // 20000)::INTEGER) + to_seconds((hash(i) % 86400)::BIGINT)`
  const features = [1, 2, 3, 4, 5].map(
    (k) => `(hash(i * 10 + ${k}) % 1000003) / 1000.0::DOUBLE AS f${k}`,
  )
  await database.writeParquet(
    `SELECT (i % 20000)::BIGINT AS client, ${momentOfDay} AS event_timestamp,
       ${momentOfDay} + to_seconds(60) AS created, ${features.join(', ')} FROM range(1000000) t(i)`,
    facts,
  )
  await database.writeParquet(
    `SELECT (hash(i + 7) % 21000)::BIGINT AS client, ${moment('i + 99')} AS event_timestamp, i AS number
     FROM range(100000) t(i)`,
    rows,
  )
}

/** Within 50 days. */
function moment(seed: string): string {
  return `TIMESTAMP '2026-01-01' + to_seconds((hash(${seed}) % 4320000)::BIGINT)`
}

async function compareJoin(rounds: number): Promise<object> {
  const outputs = { ours: join(folder, 'ours.parquet'), peer: join(folder, 'peer.parquet') }
  const seconds = join(folder, 'seconds.txt')
  const usages: { readonly ours: Usage[]; readonly peer: Usage[] } = { ours: [], peer: [] }
  const joins: { readonly ours: number[]; readonly peer: number[] } = { ours: [], peer: [] }
  const ours = join(root, 'bench/feature-store/run-process.ts')
  const peer = join(root, 'bench/peers/join-feast.py')
  for (let turn = 0; turn < rounds; turn++) {
    usages.ours.push(
      measureProcess(python, [process.execPath, ours, 'join', store, rows, outputs.ours, seconds]),
    )
    joins.ours.push(Number(readFileSync(seconds, 'utf8')))
    usages.peer.push(measureProcess(python, [python, peer, facts, rows, outputs.peer, seconds]))
    joins.peer.push(Number(readFileSync(seconds, 'utf8')))
  }
  await checkEqual(outputs)
  const [usage, peerUsage] = [medianUsage(usages.ours), medianUsage(usages.peer)]
  const [join1, join2] = [medianOf(joins.ours), medianOf(joins.peer)]
  return {
    what: "5 features of 1,000,000 facts joined to 100,000 rows, ttl 3 days, written as Parquet, equal results; peer is Feast's DuckDB store; medians; ratios are peer / ours",
    rounds,
    ours: { ...usage, joinCpuSeconds: join1 },
    peer: { ...peerUsage, joinCpuSeconds: join2 },
    ratio: { ...ratioOfUsage(peerUsage, usage), joinCpu: Math.round((join2 / join1) * 100) / 100 },
  }
}

/** All rows of both, by number. */
async function checkEqual(outputs: {
  readonly ours: string
  readonly peer: string
}): Promise<void> {
  using database = await openDatabase()
  const [found] = await database.query(
    `SELECT (SELECT count(*) FROM read_parquet(${quoteText(outputs.ours)})) AS n,
       (SELECT count(*) FROM (${selectFeatures(outputs.ours)} EXCEPT ALL ${selectFeatures(outputs.peer)})) AS different`,
  )
  assert.deepEqual(found, { n: 100_000, different: 0 })
}

function selectFeatures(path: string): string {
  return `SELECT number, f1, f2, f3, f4, f5 FROM read_parquet(${quoteText(path)})`
}

function compareOnline(): object {
  const ours = read([
    process.execPath,
    join(root, 'bench/feature-store/run-process.ts'),
    'online',
    store,
    join(folder, 'online.db'),
  ])
  const peer = read([python, join(root, 'bench/peers/online-feast.py'), facts])
  return {
    ours,
    peer,
    ratio: {
      materializeCpu:
        Math.round((peer.materializeCpuSeconds / ours.materializeCpuSeconds) * 100) / 100,
      read: Math.round(peer.readMicroseconds / ours.readMicroseconds),
    },
  }
}

interface OnlineFigures {
  readonly materializeCpuSeconds: number
  readonly readMicroseconds: number
}

function read([program, ...flags]: readonly [string, ...string[]]): OnlineFigures {
  return JSON.parse(
    execFileSync(program, flags, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  )
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!
}
