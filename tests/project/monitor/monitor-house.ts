/** A small project with a model of two inputs, and a prediction log to fill. */

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createRandom, type Random } from '../../../src/core/random.ts'
import { defineSchema } from '../../../src/core/schema.ts'
import { openDatabase, quoteText } from '../../../src/data/duckdb-store.ts'
import { openPredictor } from '../../../src/model/index.ts'
import { defineProject, type Project } from '../../../src/project/definition/define-project.ts'
import type { AlertEvent, MonitorContext } from '../../../src/project/monitor/monitor.ts'
import { parseParameters } from '../../../src/project/parameters/parameters.ts'
import { openTracking } from '../../../src/tracking/client/open-tracking.ts'
import { registerModel } from '../../../src/tracking/client/register-model.ts'
import { startRun } from '../../../src/tracking/client/start-run.ts'
import { openTrackingStore } from '../../../src/tracking/index.ts'
import { writeLinearModel } from '../../linear-model.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

export const dayMs = 86_400_000
export const start = Date.UTC(2026, 0, 1)

/** One scored row. */
export interface LoggedRow {
  readonly id: string
  readonly time: number
  readonly a: number | null
  readonly b: number | null
  readonly score?: number
  readonly version?: string | null
  readonly digest?: string
  readonly arm?: string
  /** Of further inputs that are texts or days. */
  readonly texts?: Readonly<Record<string, string | null>>
}

export interface House {
  readonly folder: string
  readonly digest: string
  /** What receivers were told, in order. */
  readonly told: AlertEvent[]
  /** Writes the feature table and the raw one anew. */
  readonly writeFeatures: (
    draw: (random: Random) => { readonly a: number; readonly b: number },
  ) => Promise<void>
  /** Says of which data the feature table is. */
  readonly ingested: (sha256: string) => void
  /** Registers the model as a version that learned from this data. */
  readonly register: (version: string, sha256: string) => Promise<void>
  /** Puts rows into the log as one file. */
  readonly log: (rows: readonly LoggedRow[]) => Promise<void>
  readonly label: (labels: readonly { id: string; label: number; time?: number }[]) => Promise<void>
  /** The context with this section `monitor` of params.yaml. */
  readonly context: (monitor?: string, more?: Partial<MonitorContext>) => MonitorContext
}

const schema = defineSchema({
  id: { type: 'integer', min: 1 },
  a: { type: 'number', min: 0, max: 10 },
  b: { type: 'category', levels: [0, 1, 2] },
  y: { type: 'boolean' },
})

const project: Project = defineProject({
  name: 'credit',
  schema,
  key: 'id',
  target: 'y',
  features: { a: 'standardize', b: 'one-hot' },
  sources: [{ kind: 'folder', path: 'data/incoming', files: ['credit.parquet'] }],
  citation: { title: 'Credit', url: 'https://example.com', licence: 'CC0' },
})

const parameters = readFileSync('params.yaml', 'utf8').replace(
  /^monitor:\n(?: .*\n|#.*\n|\n)*/m,
  '',
)

/** Builds it. @param rows - of the feature table */
export async function buildHouse(rows = 2000): Promise<House> {
  const folder = makeScratchFolder()
  await writeLinearModel(join(folder, 'models/linear'))
  const { digest } = await openPredictor(join(folder, 'models/linear'))
  const writeFeatures: House['writeFeatures'] = async (draw) => {
    const random = createRandom(1)
    const lines = Array.from({ length: rows }, (_, row) => {
      const { a, b } = draw(random)
      return { row, id: row + 1, a, b, y: random.next() < 0.3, fold: row % 5 }
    })
    await writeTable(join(folder, 'data/processed/credit.parquet'), lines)
    await writeTable(
      join(folder, 'data/raw/credit.parquet'),
      lines.map(({ id, a, b, y }) => ({ id, a, b, y: Number(y) })),
    )
  }
  await writeFeatures(drawInputs)
  writeFileSync(join(folder, 'params.yaml'), parameters)
  const told: AlertEvent[] = []
  let files = 0
  return {
    folder,
    digest,
    told,
    writeFeatures,
    ingested: (sha256) => {
      writeFileSync(join(folder, 'data/raw/credit.json'), JSON.stringify({ sha256 }))
    },
    register: async (version, sha256) => {
      await using tracking = await openTracking(join(folder, '.mlpt'))
      await using run = await startRun(tracking, { context: false, systemMetrics: false })
      const model = join(folder, 'models/linear')
      const { modelUri } = await run.logModel({ name: 'classifier', model })
      const tags = { 'mlpt.data_sha256': sha256 }
      const { version: given } = await registerModel(tracking, { name: 'credit', modelUri, tags })
      assert.equal(given, version)
    },
    log: async (logged) => {
      const filled = logged.map(
        ({
          id,
          time,
          a,
          b,
          score,
          version = null,
          arm = 'champion',
          digest: other,
          texts = {},
        }) => ({
          id,
          time,
          request_id: id,
          trace_id: null,
          protocol: 'native',
          model: 'credit',
          version,
          digest: other ?? digest,
          arm,
          score: score ?? Math.fround(0.5 + 0.25 * (a ?? 0) - 0.5 * (b ?? 0)),
          prediction: 1,
          latency_us: 10,
          'input.a': a,
          'input.b': b,
          ...Object.fromEntries(
            Object.entries(texts).map(([name, text]) => [`input.${name}`, text]),
          ),
        }),
      )
      await writeTable(
        join(folder, `logs/credit/predictions/date=2026-01-01/${files++}.parquet`),
        filled,
      )
    },
    label: async (labels) => {
      const filled = labels.map(({ id, label, time = 1 }) => ({ id, label, time }))
      await writeTable(
        join(folder, `logs/credit/feedback/date=2026-01-01/${files++}.parquet`),
        filled,
      )
    },
    context: (monitor = '{}', more = {}) => ({
      directory: folder,
      project,
      parameters: parseParameters(`${parameters}\nmonitor: ${monitor}\n`, 'params.yaml'),
      log: () => undefined,
      model: 'credit',
      logFolder: join(folder, 'logs'),
      storeFolder: join(folder, '.mlpt'),
      reference: undefined,
      onlineStore: join(folder, 'online.db'),
      openTracking: () => openTrackingStore({ directory: join(folder, '.mlpt') }),
      tell: async (_hook, event) => {
        told.push(event)
        return true
      },
      runPipeline: async () => ({ exitCode: 0, reasons: [] }),
      now: () => start + 400 * dayMs,
      ...more,
    }),
  }
}

/** Inputs as the feature table has them. */
export function drawInputs(random: Random): { readonly a: number; readonly b: number } {
  return { a: random.next() * 10, b: random.nextInteger(3) }
}

/** Rows of the same kind as the feature table, a minute apart. */
export function drawRows(
  count: number,
  {
    from = 0,
    seed = 2,
    change = (row) => row,
  }: {
    readonly from?: number
    readonly seed?: number
    readonly change?: (row: LoggedRow, random: Random) => LoggedRow
  } = {},
): LoggedRow[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, (_, i) => {
    const id = `r${String(from + i).padStart(6, '0')}`
    return change({ id, time: start + (from + i) * 60_000, ...drawInputs(random) }, random)
  })
}

/** Through JSON and DuckDB, whose types are then those of a log: whole and other numbers are DOUBLE. */
async function writeTable(path: string, rows: readonly object[]): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  const json = `${path}.json`
  writeFileSync(json, JSON.stringify(rows))
  using database = await openDatabase()
  const [first = {}] = rows
  const types = Object.entries(first).map(
    ([name, value]) => `${quoteText(name)}: ${typeOf(name, value)}`,
  )
  await database.writeParquet(
    `SELECT * FROM read_json(${quoteText(json)}, columns = {${types.join(', ')}})`,
    path,
  )
}

function typeOf(name: string, value: unknown): string {
  if (typeof value === 'boolean') return quoteText('BOOLEAN')
  if (['row', 'fold', 'time'].includes(name) || (name === 'id' && typeof value === 'number'))
    return quoteText('BIGINT')
  return quoteText(
    typeof value === 'string' || ['version', 'trace_id'].includes(name) ? 'VARCHAR' : 'DOUBLE',
  )
}
