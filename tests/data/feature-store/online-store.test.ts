/** What serving reads is what training read: the online store beside the point-in-time join. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type Database, openDatabase } from '../../../src/data/duckdb-store.ts'
import { defineFeatureView } from '../../../src/data/feature-store/feature-view.ts'
import {
  materializeView,
  readOnlineFeatures,
} from '../../../src/data/feature-store/materialize-store.ts'
import { type OnlineStore, openOnlineStore } from '../../../src/data/feature-store/online-store.ts'
import { pointInTimeJoin } from '../../../src/data/feature-store/point-in-time-join.ts'
import {
  appendFacts,
  compactView,
  readManifest,
  factsOfView,
  type ViewPlace,
} from '../../../src/data/feature-store/view-store.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'
import { base, batchesOfFacts, factsOf, momentText, oneHour } from './feature-store-table.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

describe('online store', () => {
  let database: Database
  const folder = makeScratchFolder()
  before(async () => {
    database = await openDatabase()
  })
  after(() => database[Symbol.dispose]())

  test('holds what the join finds at the furthest moment, in whatever order it got there', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(histories, async ({ batches, moments, ttl, hasCreated }) => {
        const view = defineFeatureView({
          ...base,
          ...(ttl !== undefined && { ttl }),
          ...(hasCreated && { created: 'created' }),
        })
        const place = { folder: join(folder, String(run)), view }
        using store = openOnlineStore(join(folder, `${run++}.db`))
        for (const [i, moment] of moments.entries()) {
          const batch = batches[i]
          if (batch !== undefined)
            await appendFacts(database, place, await factsOf(database, batch))
          if (i === 1) await compactView(database, place)
          await materialize(place, store, moment)
        }
        const furthest = Math.max(...moments)
        const expected = await joinAll(place, furthest)
        const found = expected.map(({ client, branch }) => {
          const key = { client: Number(client), branch: Number(branch) }
          return readOnlineFeatures(store, view, { key, at: furthest }).values['x'] ?? null
        })
        assert.deepEqual(
          found,
          expected.map(({ x }) => x),
        )
      }),
      { numRuns: 40 },
    )
  })

  test('an older window never takes the place of newer facts', async () => {
    const { view, place, store } = await openWith('older', [
      { client: 1, branch: 1, at: at(1), created: null, x: 10 },
      { client: 1, branch: 1, at: at(3), created: null, x: 30 },
    ])
    using _ = store
    await materialize(place, store, at(4))
    const again = await materialize(place, store, at(2))
    assert.equal(again.changed, 0)
    assert.equal(read(store, view, 1).values['x'], 30)
  })

  test('says of each feature why it is missing', async () => {
    const { place, store } = await openWith('statuses', [
      { client: 1, branch: 1, at: at(1), created: null, x: 10 },
      { client: 2, branch: 1, at: at(1), created: null, x: null },
    ])
    using _ = store
    await materialize(place, store, at(4))
    const view = defineFeatureView({ ...base, ttl: '3h' })
    const status = (client: number, moment: number): string | undefined =>
      readOnlineFeatures(store, view, { key: { client, branch: 1 }, at: moment }).statuses['x']
    assert.equal(status(1, at(4)), 'PRESENT')
    assert.equal(status(1, at(4) + 1), 'OUTSIDE_MAX_AGE')
    assert.equal(status(2, at(4)), 'NULL')
    assert.equal(status(3, at(4)), 'NOT_FOUND')
    assert.equal(status(1, at(1) - 1), 'NOT_KEPT')
  })

  test('a view that was built anew of other data takes the place of what was there', async () => {
    const fact = { client: 1, branch: 1, at: at(1), created: null, x: 10 }
    const { view, place, store } = await openWith('anew', [fact, { ...fact, client: 2 }])
    using _ = store
    await materialize(place, store, at(4))
    rmSync(place.folder, { recursive: true })
    const mended = [
      { ...fact, x: 11 },
      { ...fact, client: 3, x: 30 },
    ]
    await appendFacts(database, place, await factsOf(database, mended))
    assert.deepEqual(await materialize(place, store, at(4)), { changed: 2, seen: 2 })
    const values = [1, 2, 3].map((client) => read(store, view, client).values['x'])
    assert.deepEqual(values, [11, null, 30])
    assert.equal((await materialize(place, store, at(4))).seen, 0)
  })

  test('keys that do not fit the view are named, all at once', async () => {
    const { view, store } = await openWith('keys', [])
    using _ = store
    assert.throws(
      () => readOnlineFeatures(store, view, { key: { client: 1.5, brunch: 1 }, at: 0 }),
      {
        code: 'REQUEST_INVALID',
        message: `feature view 'facts': 'brunch' is no entity; did you mean 'branch'?; 'client' is "1.5", and it is integer; 'branch' is missing`,
      },
    )
  })

  test('a file that is something else is refused and stays as it is', () => {
    const text = join(folder, 'notes.txt')
    writeFileSync(text, 'a diary, and a long one: no database at all'.repeat(40))
    assert.throws(() => openOnlineStore(text), { code: 'DATA_FILE_INVALID' })
    assert.match(readFileSync(text, 'utf8'), /^a diary/)
    const foreign = join(folder, 'foreign.db')
    using other = new DatabaseSync(foreign)
    other.exec('CREATE TABLE mine (x)')
    assert.throws(() => openOnlineStore(foreign), { code: 'DATA_FILE_INVALID' })
  })

  test(
    'where no folder can be made, that is said, soon',
    { skip: !existsSync('/proc/self'), timeout: 20_000 },
    async () => {
      const code = 'FILE_WRITE_FAILED'
      assert.throws(() => openOnlineStore('/proc/mlpt-absent/a/online.db'), { code })
      const place = { folder: '/proc/mlpt-absent/a/facts', view: defineFeatureView(base) }
      const facts = await factsOf(database, [
        { client: 1, branch: 1, at: at(1), created: null, x: 1 },
      ])
      await assert.rejects(appendFacts(database, place, facts), { code })
    },
  )

  test('no more than a batch of facts is held, and those of a view that breaks off are none', async () => {
    const facts = await describeTable(
      database,
      `(SELECT (i // 2)::BIGINT AS client, 1 + i % 2 AS branch, ${momentText(at(0))} AS "at", i AS x FROM range(6000) t(i))`,
    )
    const place = { folder: join(folder, 'many'), view: defineFeatureView(base) }
    await appendFacts(database, place, facts)
    using store = openOnlineStore(join(folder, 'many.db'))
    const lengths: number[] = []
    const breaksAfter = (batches: number): Database => ({
      ...database,
      query: () => assert.fail('all facts at once'),
      queryBatches: async function* (sql) {
        for await (const rows of database.queryBatches(sql)) {
          if (lengths.push(rows.length) > batches) throw new Error('broken off')
          yield rows
        }
      },
    })
    const until = new Date(at(1)).toISOString()
    await assert.rejects(materializeView(breaksAfter(1), place, { store, until }), /broken off/)
    assert.deepEqual([read(store, base, 7).values, store.progress(base)], [{ x: null }, undefined])
    lengths.length = 0
    const done = await materializeView(breaksAfter(Infinity), place, { store, until })
    assert.deepEqual(done, { changed: 6000, seen: 6000 })
    assert.deepEqual(read(store, base, 7).values, { x: 14 })
    assert.ok(Math.max(...lengths) <= 2048, lengths.join())
  })

  async function openWith(
    name: string,
    facts: Parameters<typeof factsOf>[1],
  ): Promise<{ view: typeof base; place: ViewPlace; store: OnlineStore }> {
    const view = defineFeatureView(base)
    const place = { folder: join(folder, name), view }
    await appendFacts(database, place, await factsOf(database, facts))
    return { view: base, place, store: openOnlineStore(join(folder, `${name}.db`)) }
  }

  async function materialize(
    place: ViewPlace,
    store: OnlineStore,
    moment: number,
  ): ReturnType<typeof materializeView> {
    return materializeView(database, place, { store, until: new Date(moment).toISOString() })
  }

  async function joinAll(place: ViewPlace, moment: number): ReturnType<Database['query']> {
    const manifest = await readManifest(place)
    const rows = await describeTable(
      database,
      `(SELECT a AS client, b AS branch, ${momentText(moment)} AS moment FROM range(1, 4) t(a), range(1, 3) u(b))`,
    )
    const facts = factsOfView(place, manifest)
    return database.query(
      pointInTimeJoin(rows, [{ view: place.view, facts }], {
        timestamp: 'moment',
      }),
    )
  }
})

function at(hours: number): number {
  return Date.UTC(2026, 0, 31, 19 + hours)
}

function read(
  store: OnlineStore,
  view: typeof base,
  client: number,
): ReturnType<typeof readOnlineFeatures> {
  return readOnlineFeatures(store, view, { key: { client, branch: 1 }, at: at(9) })
}

const histories = fc.record({
  batches: batchesOfFacts,
  moments: fc.array(oneHour, { minLength: 4, maxLength: 6 }),
  ttl: fc.constantFrom(undefined, '1h', '3h'),
  hasCreated: fc.boolean(),
})
