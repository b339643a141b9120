/** An online store that is damaged, locked, of another version, written by two at once; and parts that are not what they were. */

import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { type Database, openDatabase } from '../../../src/data/duckdb-store.ts'
import { defineFeatureView } from '../../../src/data/feature-store/feature-view.ts'
import {
  materializeView,
  readOnlineFeatures,
} from '../../../src/data/feature-store/materialize-store.ts'
import { type OnlineStore, openOnlineStore } from '../../../src/data/feature-store/online-store.ts'
import {
  appendFacts,
  readJoined,
  readManifest,
  type ViewPlace,
} from '../../../src/data/feature-store/view-store.ts'
import { base, factsOf, january } from './feature-store-table.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const view = defineFeatureView(base)
const day = 86_400_000
const key = { client: 1, branch: 1 }

describe('an online store with a fault', () => {
  let database: Database
  const root = makeScratchFolder()
  before(async () => {
    database = await openDatabase()
  })
  after(() => database[Symbol.dispose]())

  for (const [what, statement] of [
    ['a table that is gone', 'DROP TABLE progress'],
    ['a column that is gone', 'ALTER TABLE facts RENAME COLUMN features TO other'],
    ['a fact that is no JSON', `UPDATE facts SET features = '[1'`],
    ['progress that is no JSON', `UPDATE progress SET features = 'x'`],
  ] as const) {
    test(`${what} is a damaged file`, async () => {
      const { path, place } = await fill(what)
      {
        using raw = new DatabaseSync(path)
        raw.exec(statement)
      }
      assert.throws(() => read(path, place), {
        code: 'DATA_FILE_INVALID',
        message: /is no database, or a damaged one/,
        hint: /remove it and materialize again/,
      })
    })
  }

  test('tables of a newer version are not touched', async () => {
    const { path, place } = await fill('newer')
    {
      using raw = new DatabaseSync(path)
      raw.exec('PRAGMA user_version = 9')
    }
    assert.throws(() => read(path, place), {
      code: 'DATA_FILE_INVALID',
      message: /has version 9 of the tables, and this program knows 1/,
    })
  })

  test('is opened and read while another process writes', async () => {
    const { path, place } = await fill('written')
    using raw = new DatabaseSync(path)
    raw.exec('BEGIN IMMEDIATE')
    assert.equal(read(path, place), 1)
  })

  test('what another process brought meanwhile stays, though it began later', async () => {
    const { place } = await fill('two')
    await append(place, { ...january, at: january.at + 2 * day, x: 3 })
    const path = join(root, 'both.db')
    using store = openOnlineStore(path)
    using other = openOnlineStore(path)
    let tries = 0
    const slow: OnlineStore = {
      ...store,
      // The other one is done between the reading and the writing of this one.
      advance: async (...given) => {
        if (tries++ === 0) await bringNewest(other)
        return store.advance(...given)
      },
    }
    await materializeView(database, place, { store: slow, until: '2026-01-31T12:00:00Z' })
    assert.equal(tries, 2)
    assert.equal(read(path, place), 3)

    async function bringNewest(into: OnlineStore): Promise<void> {
      const moment = new Date(january.at + 2 * day).toISOString().replace('Z', '000Z')
      const fact = { key: '[1,1]', moment, created: '', sequence: 2, features: '[3]' }
      const reached = { sequence: 2, until: moment, origin: '[["x"],"later"]' }
      await into.advance(view, [[fact]], { before: undefined, reached, replaces: true })
    }
  })

  test('two at once, up to different moments: the further one is reached', async () => {
    const { place } = await fill('race')
    await append(place, { ...january, at: january.at + 2 * day, x: 3 })
    const path = join(root, 'race2.db')
    using one = openOnlineStore(path)
    using two = openOnlineStore(path)
    using second = await openDatabase()
    await Promise.all([
      materializeView(database, place, { store: one, until: '2026-02-10T00:00:00Z' }),
      materializeView(second, place, { store: two, until: '2026-01-31T00:00:00Z' }),
    ])
    assert.equal(read(path, place), 3)
    assert.match(one.progress(view)!.until, /^2026-02-10/)
  })

  test('a part that is gone or another is named before anything is read', async () => {
    const { path, place } = await fill('parts')
    const { parts } = await readManifest(place)
    const part = join(place.folder, parts[0]!.path)
    writeFileSync(part, 'PAR1')
    using store = openOnlineStore(path)
    const until = '2026-03-01T00:00:00Z'
    await assert.rejects(materializeView(database, place, { store, until }), {
      code: 'DATA_FILE_INVALID',
      message: /'facts': '.*\.parquet' has 4 bytes, and \d+ were written/,
    })
    rmSync(part)
    await assert.rejects(readJoined({ view }, place), {
      code: 'FILE_MISSING',
      message: /'facts': '.*\.parquet' is not there/,
    })
  })

  async function fill(name: string): Promise<{ path: string; place: ViewPlace }> {
    const place = { folder: join(root, name, 'facts'), view }
    await append(place, january)
    const path = join(root, `${name}.db`)
    using store = openOnlineStore(path)
    await materializeView(database, place, { store, until: '2026-01-31T00:00:00Z' })
    return { path, place }
  }

  async function append(place: ViewPlace, fact: typeof january): Promise<void> {
    await appendFacts(database, place, await factsOf(database, [fact]))
  }
})

function read(path: string, place: ViewPlace): unknown {
  using store = openOnlineStore(path)
  const found = readOnlineFeatures(store, place.view, { key, at: january.at + 10 * day })
  return found.values['x']
}
