/** Views about things that are named by texts and days, with features that are such. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openDatabase, quoteText } from '../../../src/data/duckdb-store.ts'
import { createFeatureReader } from '../../../src/data/feature-store/create-feature-reader.ts'
import {
  appendFeatures,
  joinFeatures,
  materializeFeatures,
} from '../../../src/data/feature-store/feature-store-file.ts'
import { defineFeatureView } from '../../../src/data/feature-store/feature-view.ts'
import { readOnlineFeatures } from '../../../src/data/feature-store/materialize-store.ts'
import { openOnlineStore } from '../../../src/data/feature-store/online-store.ts'
import { readEntity } from '../../../src/serving/input/entity-rows.ts'
import { createProblemList } from '../../../src/serving/input/problem-list.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const visits = defineFeatureView({
  name: 'visits',
  entities: { shop: { type: 'text', maxLength: 8 }, opened: { type: 'date' } },
  timestamp: 'day',
  features: {
    guests: { type: 'integer', nullable: true },
    mood: { type: 'text', levels: ['good', 'bad'], nullable: true },
    checked: { type: 'date', nullable: true },
  },
})

const facts = `shop,opened,day,guests,mood,checked
007,2020-01-01,2026-01-31,10,good,2026-01-30
007,2020-01-01,2026-02-28,20,,
7,2020-01-01,2026-01-31,30,bad,2026-01-01
"São ""x""",2020-02-29,2026-01-31,40,good,9999-12-31
`

describe('a feature view of texts and days', () => {
  test('is joined as it was, text for text and day for day', async () => {
    const { store, folder } = await fill(facts)
    writeFileSync(
      join(folder, 'rows.csv'),
      'shop,opened,asked\n007,2020-01-01,2026-02-01\n7,2020-01-01,2026-03-01\n"São ""x""",2020-02-29,2026-03-01\n"São ""x""",2020-03-01,2026-03-01\n07,2020-01-01,2026-03-01\n,2020-01-01,2026-03-01\n007,2020-01-01,2026-03-01\n',
    )
    const output = join(folder, 'joined.parquet')
    await joinFeatures(
      [{ view: visits }],
      { store, file: join(folder, 'rows.csv'), output },
      { timestamp: 'asked' },
    )
    using database = await openDatabase()
    const rows = await database.query(
      `SELECT guests, mood, CAST(checked AS VARCHAR) AS checked FROM read_parquet(${quoteText(output)})`,
    )
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      [
        [10, 'good', '2026-01-30'],
        [30, 'bad', '2026-01-01'],
        [40, 'good', '9999-12-31'],
        [null, null, null],
        [null, null, null],
        [null, null, null],
        [20, null, null],
      ],
    )
  })

  test('is read online by the same keys, by a server too', async () => {
    const { store, folder } = await fill(facts)
    using online = openOnlineStore(join(folder, 'online.db'))
    const until = '2026-03-01T00:00:00Z'
    assert.deepEqual(await materializeFeatures(visits, { store, online, until }), {
      changed: 3,
      seen: 3,
    })
    const at = Date.parse(until)
    const get = (key: Record<string, string>) => readOnlineFeatures(online, visits, { key, at })
    assert.deepEqual(get({ shop: '007', opened: '2020-01-01' }).values, {
      guests: 20,
      mood: null,
      checked: null,
    })
    assert.deepEqual(get({ shop: 'São "x"', opened: '2020-02-29' }).values, {
      guests: 40,
      mood: 'good',
      checked: '9999-12-31',
    })
    assert.equal(get({ shop: '07', opened: '2020-01-01' }).statuses['guests'], 'NOT_FOUND')
    assert.throws(() => get({ shop: '007', opened: '2020-02-30' }), {
      code: 'REQUEST_INVALID',
      message: /'opened' is "2020-02-30", and it is date/,
    })
    const reader = createFeatureReader(online, [{ view: visits }], { now: () => at })
    const problems = createProblemList()
    const entity = { shop: '7', opened: '2020-01-01' }
    assert.deepEqual(readEntity({ entity }, reader, { pointer: '', problems })?.values, {
      guests: 30,
      mood: 'bad',
      checked: '2026-01-01',
    })
    assert.equal(
      readEntity({ entity: { shop: 7, opened: 'soon' } }, reader, { pointer: '', problems }),
      undefined,
    )
    assert.match(problems.toError().message, /^2 problems; the first: '\/entity\/shop' is 7/)
  })

  test('refuses keys that are missing or no such text or day, all at once', async () => {
    const wrong = `shop,opened,day,guests,mood,checked
" ",2020-01-01,2026-01-31,1,good,2026-01-30
much too long,2020-01-01 10:00:00,2026-01-31,1,soso,2026-01-30
`
    await assert.rejects(fill(wrong), (error: Error & { code: string }) => {
      assert.equal(error.code, 'DATA_CELL_INVALID')
      for (const part of [
        "'shop' is missing in 1 row",
        "'opened' has 1 value that is no DATE, such as 2020-01-01 10:00:00",
        "'shop' has 1 value that its field does not admit, such as much too long",
        "'mood' has 1 value that its field does not admit, such as soso",
      ]) {
        assert.ok(error.message.includes(part), error.message)
      }
      return true
    })
  })

  test('changes nothing when the same facts come again, and adds to what is there', async () => {
    const { store, folder } = await fill(facts)
    const file = join(folder, 'facts.csv')
    assert.equal((await appendFeatures(visits, { store, file })).isNew, false)
    writeFileSync(
      file,
      'shop,opened,day,guests,mood,checked\n7,2020-01-01,2026-02-01,1,,2026-01-31\n',
    )
    const { isNew, manifest } = await appendFeatures(visits, { store, file })
    assert.deepEqual([isNew, manifest.parts.length], [true, 3])
  })
})

test('moments are keys and features, whatever the clock of the facts and of who asks', async () => {
  const slots = defineFeatureView({
    name: 'slots',
    entities: { begins: { type: 'datetime' } },
    timestamp: 'day',
    features: { booked: { type: 'datetime', min: '2026-01-01T09:00:00Z', nullable: true } },
  })
  const folder = makeScratchFolder()
  const [store, file] = [join(folder, 'features'), join(folder, 'facts.csv')]
  writeFileSync(
    file,
    'begins,day,booked\n2026-01-01T14:00:00+05:30,2026-01-01,2026-01-01T10:00:00+01:00\n2026-01-01T09:00:00Z,2026-01-01,\n',
  )
  await appendFeatures(slots, { store, file })
  using online = openOnlineStore(join(folder, 'online.db'))
  const until = '2026-03-01T00:00:00Z'
  await materializeFeatures(slots, { store, online, until })
  const get = (begins: string) =>
    readOnlineFeatures(online, slots, { key: { begins }, at: Date.parse(until) })
  for (const begins of ['2026-01-01T08:30:00Z', '2026-01-01 10:30+02:00'])
    assert.deepEqual(get(begins).values, { booked: '2026-01-01T09:00:00.000Z' }, begins)
  assert.deepEqual(get('2026-01-01 09:00').values, { booked: null })
  assert.throws(() => get('2026-01-01T24:00:00Z'), {
    code: 'REQUEST_INVALID',
    message: /it is datetime/,
  })
})

async function fill(text: string): Promise<{ store: string; folder: string }> {
  const folder = makeScratchFolder()
  const store = join(folder, 'features')
  writeFileSync(join(folder, 'facts.csv'), text)
  await appendFeatures(visits, { store, file: join(folder, 'facts.csv') })
  return { store, folder }
}
