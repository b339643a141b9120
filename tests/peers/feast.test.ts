/** The point-in-time join beside Feast's DuckDB store, the one of its local stores that keeps every row. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { type Database, openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { appendFeatures, joinFeatures } from '../../src/data/feature-store/feature-store-file.ts'
import { defineFeatureView } from '../../src/data/feature-store/feature-view.ts'
import { findPeer } from './python.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const peer = findPeer('.venv-feast', 'feast')

/** Feast takes a ttl of 0 hours as none. */
const cases = [
  { ttlHours: 0, hasCreated: false },
  { ttlHours: 0, hasCreated: true },
  { ttlHours: 1, hasCreated: true },
  { ttlHours: 5, hasCreated: false },
  { ttlHours: 7, hasCreated: true },
  { ttlHours: 48, hasCreated: true },
] as const

describe('Feast and we join the same features', { skip: peer.skip }, () => {
  const folder = makeScratchFolder()
  let answers: readonly unknown[] = []
  before(async () => {
    using database = await openDatabase()
    for (const i of cases.keys()) await writeTables(database, i)
    const jobs = cases.map((one, i) => ({ ...one, ...pathsOf(i) }))
    const script = join(import.meta.dirname, 'feast/historical_features.py')
    const printed = execFileSync(peer.python, [script], {
      input: JSON.stringify(jobs),
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, FEAST_USAGE: 'False' },
    })
    answers = JSON.parse(printed)
  })
  for (const [i, { ttlHours, hasCreated }] of cases.entries()) {
    test(`ttl ${ttlHours} h, ${hasCreated ? 'with' : 'without'} created`, async () => {
      const found = await joinOurs(i)
      assert.deepEqual(found, answers[i])
      const filled = found.filter(([, x]) => x !== null).length
      assert.ok(filled > 20 && filled < found.length - 20, 'some rows find a fact, and some do not')
    })
  }

  function pathsOf(i: number): { readonly facts: string; readonly rows: string } {
    return { facts: join(folder, `facts${i}.parquet`), rows: join(folder, `rows${i}.parquet`) }
  }

  /** Moments are whole hours, so that many are equal; without `created` a moment has one fact, as Feast needs it. */
  async function writeTables(database: Database, i: number): Promise<void> {
    const { facts, rows } = pathsOf(i)
    const random = createRandom(i + 1)
    const draw = (below: number): number => random.nextInteger(below)
    const hours = (hour: number): string => `TIMESTAMP '2026-01-30' + to_hours(${hour})`
    const seen = new Set<string>()
    const values: string[] = []
    for (let n = 0; n < 400; n++) {
      const [client, branch, hour] = [draw(12), draw(2), draw(72)]
      // A second fact of a moment is always a later created one: of equal ones Feast takes any.
      const created = hour + (seen.has(`${client} ${branch} ${hour}`) ? 1000 + n : 0)
      if (created !== hour && !cases[i]!.hasCreated) continue
      seen.add(`${client} ${branch} ${hour}`)
      const y = draw(4) === 0 ? 'NULL' : draw(100)
      values.push(`(${client}, ${branch}, ${hours(hour)}, ${hours(created)}, ${n}, ${y})`)
    }
    await database.writeParquet(
      `SELECT client::BIGINT AS client, branch::BIGINT AS branch, moment, created, x::DOUBLE AS x, y::DOUBLE AS y
       FROM (VALUES ${values.join(', ')}) v(client, branch, moment, created, x, y)`,
      facts,
    )
    const asked = Array.from(
      { length: 200 },
      (_, n) => `(${n}, ${draw(14)}, ${draw(2)}, ${hours(draw(80) - 4)})`,
    )
    await database.writeParquet(
      `SELECT number, client::BIGINT AS client, branch::BIGINT AS branch, asked
       FROM (VALUES ${asked.join(', ')}) v(number, client, branch, asked)`,
      rows,
    )
  }

  async function joinOurs(i: number): Promise<(readonly [number, unknown, unknown])[]> {
    const { ttlHours, hasCreated } = cases[i]!
    const view = defineFeatureView({
      name: 'facts',
      entities: { client: { type: 'integer' }, branch: { type: 'category', levels: [0, 1] } },
      timestamp: 'moment',
      ...(hasCreated && { created: 'created' }),
      ...(ttlHours > 0 && { ttl: `${ttlHours}h` }),
      features: { x: { type: 'number' }, y: { type: 'number' } },
    })
    const { facts, rows } = pathsOf(i)
    const [store, output] = [join(folder, `store${i}`), join(folder, `joined${i}.parquet`)]
    await appendFeatures(view, { store, file: facts })
    await joinFeatures([{ view }], { store, file: rows, output }, { timestamp: 'asked' })
    using database = await openDatabase()
    const joined = await database.query(
      `SELECT number, x, y FROM read_parquet(${quoteText(output)})`,
    )
    return joined.map(({ number, x, y }) => [Number(number), x, y] as const)
  }
})
