/** Definitions that change between an append, a materialization and a reading; and such as are none. */

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { type Database, openDatabase } from '../../../src/data/duckdb-store.ts'
import { createFeatureReader } from '../../../src/data/feature-store/create-feature-reader.ts'
import {
  defineFeatureView,
  type FeatureView,
} from '../../../src/data/feature-store/feature-view.ts'
import {
  materializeView,
  readOnlineFeatures,
} from '../../../src/data/feature-store/materialize-store.ts'
import { openOnlineStore } from '../../../src/data/feature-store/online-store.ts'
import { appendFacts } from '../../../src/data/feature-store/view-store.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const view = defineFeatureView({
  name: 'facts',
  entities: { a: { type: 'integer' }, b: { type: 'integer' } },
  timestamp: 'at',
  features: { x: { type: 'number' } },
})
const until = '2026-03-01T00:00:00Z'
const at = Date.parse(until)
const facts = `1 AS a, 2 AS b, DATE '2026-01-01' AS "at", 10.5 AS x`

describe('another definition than that of the stored facts', () => {
  let database: Database
  const root = makeScratchFolder()
  before(async () => {
    database = await openDatabase()
  })
  after(() => database[Symbol.dispose]())

  test('reads features by their names, whatever place they have today', async () => {
    using online = await fill('names')
    const wider = defineFeatureView({
      ...view,
      features: { y: { type: 'number' }, x: { type: 'number' } },
    })
    const found = readOnlineFeatures(online, wider, { key: { a: 1, b: 2 }, at })
    assert.deepEqual(found.values, { y: null, x: 10.5 })
    assert.deepEqual(found.statuses, { y: 'NULL', x: 'PRESENT' })
    const reader = createFeatureReader(online, [{ view: wider }], { now: () => at })
    assert.deepEqual(reader.read({ a: 1, b: 2 }), { values: { x: 10.5 }, absent: { y: 'NULL' } })
  })

  test('gives nobody the facts of another entity, and no value of another type', async () => {
    using online = await fill('entities')
    const turned: FeatureView = {
      ...view,
      entities: { b: { type: 'integer' }, a: { type: 'integer' } },
    }
    const retyped: FeatureView = { ...view, features: { x: { type: 'text' } } }
    for (const [other, message] of [
      [turned, /entities: a integer, b integer, now b integer, a integer/],
      [retyped, /'x': number, now text/],
    ] as const) {
      assert.throws(() => readOnlineFeatures(online, other, { key: { a: 2, b: 1 }, at }), {
        code: 'CONFIG_INVALID',
        message,
        hint: /mlpt features materialize/,
      })
    }
  })

  test('facts of an online store that was filled by an older version are read as before', async () => {
    using online = await fill('older')
    using raw = new DatabaseSync(join(root, 'older.db'))
    raw.prepare('UPDATE progress SET features = ?').run('[["x"],"0123"]')
    assert.equal(readOnlineFeatures(online, view, { key: { a: 1, b: 2 }, at }).values['x'], 10.5)
    const place = { folder: join(root, 'older', 'facts'), view }
    const brought = await materializeView(database, place, { store: online, until })
    assert.deepEqual(brought, { changed: 1, seen: 1 })
  })

  test('a feature that was dropped comes back only as what it was', async () => {
    using _ = await fill('dropped')
    const without = defineFeatureView({ ...view, features: { y: { type: 'number' } } })
    await append('dropped', without, `1 AS a, 2 AS b, DATE '2026-01-02' AS "at", 1 AS y`)
    const other = defineFeatureView({ ...view, features: { x: { type: 'text' } } })
    await assert.rejects(
      append('dropped', other, `1 AS a, 2 AS b, DATE '2026-01-03' AS "at", 'ten' AS x`),
      { code: 'CONFIG_INVALID', message: /'x': number, now text/ },
    )
    const same = `1 AS a, 2 AS b, DATE '2026-01-03' AS "at", 11 AS x`
    assert.equal((await append('dropped', view, same)).isNew, true)
  })

  test('a view without facts does not empty the online store', async () => {
    using online = await fill('vanished')
    const place = { folder: join(root, 'vanished', 'facts'), view }
    rmSync(place.folder, { recursive: true })
    await assert.rejects(materializeView(database, place, { store: online, until }), {
      code: 'FILE_MISSING',
      message: /'facts' has no facts at .*, and the online store has some/,
    })
    assert.equal(readOnlineFeatures(online, view, { key: { a: 1, b: 2 }, at }).values['x'], 10.5)
  })

  async function fill(name: string): Promise<ReturnType<typeof openOnlineStore>> {
    await append(name, view, facts)
    const online = openOnlineStore(join(root, `${name}.db`))
    const place = { folder: join(root, name, 'facts'), view }
    await materializeView(database, place, { store: online, until })
    return online
  }

  async function append(
    name: string,
    of: FeatureView,
    columns: string,
  ): ReturnType<typeof appendFacts> {
    const table = await describeTable(database, `(SELECT ${columns})`)
    return appendFacts(database, { folder: join(root, name, 'facts'), view: of }, table)
  }
})

test('what is no definition is said, whatever a project without types wrote', () => {
  const absent = undefined
  for (const [wrong, message] of [
    [{ entities: absent }, /'entities' has to be fields by name/],
    [{ entities: null, features: [] }, /'entities' has .*; 'features' has to be fields by name/],
    [{ timestamp: absent }, /'timestamp' has to be the name of a column/],
    [{ created: null }, /'created' has to be the name of a column/],
    [{ name: absent }, /'name' has to be a text/],
    [{ ttl: 90 }, /ttl '90' is no length of time/],
    [{ entities: { a: null } }, /'a' is no field/],
    [{ expectations: null }, /'expectations' has to name a suite/],
  ] as const) {
    const made: object = { ...view, ...wrong }
    assert.throws(() => Reflect.apply(defineFeatureView, absent, [made]), {
      code: 'CONFIG_INVALID',
      message,
    })
  }
  assert.throws(() => Reflect.apply(defineFeatureView, absent, [absent]), {
    code: 'CONFIG_INVALID',
    message: /it is no definition/,
  })
})
