import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createFeatureReader } from '../../../src/data/feature-store/create-feature-reader.ts'
import {
  defineFeatureView,
  type FeatureView,
} from '../../../src/data/feature-store/feature-view.ts'
import type { FoundFact } from '../../../src/data/feature-store/online-store.ts'

const statements = defineFeatureView({
  name: 'statements',
  entities: { client: { type: 'integer' } },
  timestamp: 'month',
  ttl: '30d',
  features: { billed: { type: 'number' }, paid: { type: 'number' } },
})
const shops = defineFeatureView({
  name: 'shops',
  entities: { client: { type: 'integer' }, isOwner: { type: 'boolean' } },
  timestamp: 'day',
  features: { open: { type: 'boolean' } },
})
const facts: Readonly<Record<string, Omit<FoundFact, 'places'>>> = {
  'statements [17]': { moment: '2026-02-28T00:00:00.000000Z', cells: [250.5, null] },
  'shops [17,true]': { moment: '2001-01-01T00:00:00.000000Z', cells: [true] },
}

describe('createFeatureReader', () => {
  test('gives the newest features under the names of the columns, one reading a view', () => {
    const { reader, asked } = open('2026-03-01T00:00:00Z', [
      { view: statements, features: { billed: 'BILL', paid: 'PAID' } },
      { view: statements, features: ['billed'] },
      { view: shops },
    ])
    assert.deepEqual(reader.columns, ['BILL', 'PAID', 'billed', 'open'])
    assert.deepEqual(Object.keys(reader.entities), ['client', 'isOwner'])
    assert.deepEqual(reader.read({ client: 17, isOwner: 1 }), {
      values: { BILL: 250.5, billed: 250.5, open: true },
      absent: { PAID: 'NULL' },
    })
    assert.deepEqual(asked, ['statements [17]', 'shops [17,true]'])
  })

  test('an entity without facts is not found', () => {
    const { reader } = open('2026-03-01T00:00:00Z', [{ view: statements, features: ['billed'] }])
    assert.deepEqual(reader.read({ client: 18 }), { values: {}, absent: { billed: 'NOT_FOUND' } })
  })

  // The fact is of 28 February and holds 30 days: to 30 March, both ends included.
  for (const [now, monthsBefore, status] of [
    ['2026-02-27T23:59:59Z', 0, 'NOT_KEPT'],
    ['2026-02-28T00:00:00Z', 0, undefined],
    ['2026-03-30T00:00:00Z', 0, undefined],
    ['2026-03-30T00:00:01Z', 0, 'OUTSIDE_MAX_AGE'],
    // A month before 28 March is the day of the fact; before 27 March there is an older one, which is not kept.
    ['2026-03-27T00:00:00Z', 1, 'NOT_KEPT'],
    ['2026-03-28T00:00:00Z', 1, undefined],
    // A month before 31 March is the last of February, as in DuckDB; before 31 May the last of April, 61 days on.
    ['2026-03-31T00:00:00Z', 1, undefined],
    ['2026-05-31T00:00:00Z', 1, 'OUTSIDE_MAX_AGE'],
    ['2027-02-28T00:00:00Z', 12, undefined],
  ] as const) {
    test(`at ${now}, ${monthsBefore} months before: ${status ?? 'the fact'}`, () => {
      const { reader } = open(now, [{ view: statements, features: ['billed'], monthsBefore }])
      const { values, absent } = reader.read({ client: 17 })
      assert.deepEqual(
        [values['billed'], absent['billed']],
        [status === undefined ? 250.5 : undefined, status],
      )
    })
  }
})

function open(now: string, joins: Parameters<typeof createFeatureReader>[1]) {
  const asked: string[] = []
  const store = {
    find: ({ name, features }: FeatureView, key: string): FoundFact | undefined => {
      asked.push(`${name} ${key}`)
      const fact = facts[`${name} ${key}`]
      const places = new Map(Object.keys(features).map((feature, i) => [feature, i]))
      return fact && { ...fact, places }
    },
  }
  return { reader: createFeatureReader(store, joins, { now: () => Date.parse(now) }), asked }
}
