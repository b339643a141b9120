/** The newest features of each entity beside Feast's online store, window after window. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import {
  appendFeatures,
  materializeFeatures,
} from '../../src/data/feature-store/feature-store-file.ts'
import { defineFeatureView } from '../../src/data/feature-store/feature-view.ts'
import { readOnlineFeatures } from '../../src/data/feature-store/materialize-store.ts'
import { openOnlineStore } from '../../src/data/feature-store/online-store.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv-feast', 'feast')

const view = defineFeatureView({
  name: 'facts',
  entities: { client: { type: 'integer' }, shop: { type: 'text' } },
  timestamp: 'moment',
  created: 'created',
  features: {
    x: { type: 'number' },
    n: { type: 'integer' },
    t: { type: 'text' },
    b: { type: 'boolean' },
  },
})
const shops = ['007', '7', "it's", 'é']
const keys = Array.from({ length: 6 }, (_, client) =>
  shops.map((shop) => ({ client, shop })),
).flat()

// Windows that overlap, and moments of facts that are the very end of one.
const windows = [
  ['2026-01-30T00:00:00+00:00', '2026-01-30T12:00:00+00:00'],
  ['2026-01-30T06:00:00+00:00', '2026-01-31T00:00:00+00:00'],
  ['2026-01-31T00:00:00+00:00', '2026-02-03T00:00:00+00:00'],
] as const

test("Feast's online store and ours have the same features", { skip: peer.skip }, async () => {
  const folder = makeScratchFolder()
  const file = join(folder, 'facts.parquet')
  await writeFacts(file)
  const asked = { facts: file, windows, keys: keys.map(({ client, shop }) => [client, shop]) }
  const printed = execFileSync(
    peer.python,
    [join(import.meta.dirname, 'feast/online_features.py')],
    {
      input: JSON.stringify(asked),
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, FEAST_USAGE: 'False' },
    },
  )
  const answers = JSON.parse(printed.trim().split('\n').at(-1)!)

  const store = join(folder, 'store')
  await appendFeatures(view, { store, file })
  using online = openOnlineStore(join(folder, 'online.db'))
  for (const [i, [, end]] of windows.entries()) {
    const until = end.replace('+00:00', 'Z')
    await materializeFeatures(view, { store, online, until })
    const found = keys.map((key) =>
      Object.values(readOnlineFeatures(online, view, { key, at: Date.parse(until) }).values),
    )
    assert.deepEqual(found, answers[i])
    const absent = found.filter((row) => row.every((cell) => cell === null)).length
    assert.ok(absent > 0 && absent < found.length - 5, 'some are known, and some are not')
  }
})

/** Of facts of one moment Feast takes any, unless they were created one after the other. */
async function writeFacts(file: string): Promise<void> {
  using database = await openDatabase()
  const random = createRandom(11)
  const values = Array.from({ length: 120 }, (_, number) => {
    const [client, shop, hour] = [5, shops.length, 80].map((bound) => random.nextInteger(bound))
    const text = shops[shop!]!.replaceAll("'", "''")
    const cells = [`${number / 4}`, `${number}`, `'t${number}'`, String(number % 2 === 0)]
    const some = cells.map((cell) => (random.nextInteger(5) === 0 ? 'NULL' : cell))
    return `(${client}, '${text}', ${hour}, ${number}, ${some.join(', ')})`
  })
  await database.writeParquet(
    `SELECT client::BIGINT AS client, shop, TIMESTAMP '2026-01-30' + to_hours(hour) AS moment,
       TIMESTAMP '2026-03-01' + to_seconds(number) AS created, x::DOUBLE AS x, n::BIGINT AS n, t, b
     FROM (VALUES ${values.join(', ')}) v(client, shop, hour, number, x, n, t, b)`,
    file,
  )
}
