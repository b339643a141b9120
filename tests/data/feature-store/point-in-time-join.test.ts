/** The join that training sets are made of, held against its rule told row by row. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type Database, openDatabase } from '../../../src/data/duckdb-store.ts'
import {
  defineFeatureView,
  type FeatureView,
} from '../../../src/data/feature-store/feature-view.ts'
import { pointInTimeJoin } from '../../../src/data/feature-store/point-in-time-join.ts'
import {
  appendFacts,
  compactView,
  readManifest,
  factsOfView,
} from '../../../src/data/feature-store/view-store.ts'
import {
  base,
  batchesOfFacts,
  type Fact,
  factsOf,
  january,
  hour,
  momentText,
  newBatches,
  oneHour,
} from './feature-store-table.ts'
import type { Table } from '../../../src/data/table/column.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

interface Row {
  readonly client: number | null
  readonly branch: number
  readonly at: number | null
}

describe('point-in-time join', () => {
  let database: Database
  const folder = makeScratchFolder()
  before(async () => {
    database = await openDatabase()
  })
  after(() => database[Symbol.dispose]())

  test('every row comes back once, in its order, with what the rule says', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        cases,
        async ({ batches, rows, ttlHours, hasCreated, knownBy, isCompacted }) => {
          const view = defineFeatureView({
            ...base,
            ...(hasCreated && { created: 'created' }),
            ...(ttlHours !== undefined && { ttl: `${ttlHours}h` }),
          })
          const place = { folder: join(folder, String(run++)), view }
          for (const batch of batches)
            await appendFacts(database, place, await factsOf(database, batch))
          if (isCompacted) await compactView(database, place)
          const manifest = await readManifest(place)
          const sql = pointInTimeJoin(
            await rowsOf(database, rows),
            [
              {
                view,
                facts: factsOfView(place, manifest),
              },
            ],
            { timestamp: 'moment', ...(hasCreated && knownBy !== undefined && { knownBy }) },
          )
          const found = await database.query(sql)
          const cutoff = hasCreated ? knownBy : undefined
          assert.deepEqual(
            found.map(({ number, x }) => [number, x]),
            rows.map((row, i) => [
              i,
              lookUp(row, newBatches(batches, hasCreated).flat(), { view, knownBy: cutoff }),
            ]),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  test('what held months before, under another name', async () => {
    const view = defineFeatureView({ ...base, ttl: '40d' })
    const facts = ['2026-01-31', '2026-02-28', '2026-03-31'].map((day, i) => ({
      ...january,
      at: Date.parse(day),
      x: i + 1,
    }))
    const place = { folder: join(folder, 'months'), view }
    await appendFacts(database, place, await factsOf(database, facts))
    const joined = { view, facts: factsOfView(place, await readManifest(place)) }
    const rows = await rowsOf(database, [
      { client: 1, branch: 1, at: Date.parse('2026-03-31') },
      { client: 1, branch: 1, at: Date.parse('2026-05-10') },
    ])
    const sql = pointInTimeJoin(
      rows,
      [0, 1, 2, 3].map((monthsBefore) => ({
        ...joined,
        monthsBefore,
        features: { x: `x${monthsBefore}` },
      })),
      { timestamp: 'moment' },
    )
    // A month before 31 March is 28 February; 10 May is 40 days after 31 March, 10 April 10 days.
    assert.deepEqual(
      (await database.query(sql)).map(({ x0, x1, x2, x3 }) => [x0, x1, x2, x3]),
      [
        [3, 2, 1, null],
        [3, 3, 2, 1],
      ],
    )
  })

  test('a column may be called as what every object has', async () => {
    const view = defineFeatureView(base)
    const rows = await describeTable(
      database,
      `(SELECT 1 AS client, 1 AS branch, ${momentText(0)} AS moment, 'x' AS constructor)`,
    )
    const sql = pointInTimeJoin(rows, [{ view, facts: { single: '(SELECT 1)' } }], {
      timestamp: 'moment',
    })
    assert.match(sql, /FROM "#1"/)
  })

  test('names that clash, features and columns that are not there: all in one error', async () => {
    const view = defineFeatureView(base)
    const facts = { single: '(SELECT 1)' }
    const rows = await rowsOf(database, [{ client: 1, branch: 1, at: 0 }])
    assert.throws(
      () =>
        pointInTimeJoin(
          rows,
          [
            { view, facts },
            { view, facts, monthsBefore: -1, features: { x: 'number', xx: 'y' } },
            { view, facts },
          ],
          { timestamp: 'moment', knownBy: '2026-02-30' },
        ),
      (error: Error) => {
        assert.match(error.message, /-1 is no number of months before/)
        assert.match(error.message, /'number' is a column of the rows and of 'facts'/)
        assert.match(error.message, /no feature 'xx'/)
        assert.match(error.message, /'x' is a column of 'facts' and of 'facts'/)
        assert.match(error.message, /no column that says when a fact was created/)
        assert.match(error.message, /'2026-02-30' is no instant/)
        return true
      },
    )
    assert.throws(() => pointInTimeJoin(rows, [{ view, facts }], { timestamp: 'when' }), {
      code: 'DATA_COLUMN_MISSING',
    })
    const texts = await describeTable(
      database,
      "(SELECT 'a' AS client, 1 AS branch, '2026' AS moment)",
    )
    assert.throws(
      () => pointInTimeJoin(texts, [{ view, facts }], { timestamp: 'moment' }),
      /'client' is VARCHAR, and in feature view 'facts' it is integer; 'moment' is VARCHAR/,
    )
  })
})

/** The rule, one row at a time. */
function lookUp(
  row: Row,
  facts: readonly Fact[],
  { view, knownBy }: { readonly view: FeatureView; readonly knownBy: string | undefined },
): number | null {
  if (row.client === null || row.at === null) return null
  const at = row.at
  const ttl = view.ttl === undefined ? Infinity : Number.parseInt(view.ttl, 10) * hour
  const latestKnown =
    knownBy === 'row' ? at : knownBy === undefined ? undefined : Date.parse(knownBy)
  const created = (fact: Fact): number =>
    view.created === undefined ? 0 : (fact.created ?? -Infinity)
  const fits = facts.filter(
    (fact) =>
      fact.client === row.client &&
      fact.branch === row.branch &&
      fact.at <= at &&
      (latestKnown === undefined || (fact.created !== null && fact.created <= latestKnown)),
  )
  const [newest] = fits
    .map((fact, i) => ({ fact, i }))
    .sort((a, b) => b.fact.at - a.fact.at || created(b.fact) - created(a.fact) || b.i - a.i)
  return newest === undefined || newest.fact.at < at - ttl ? null : newest.fact.x
}

const cases = fc.record({
  batches: batchesOfFacts,
  rows: fc.array(
    fc.record<Row>({
      client: fc.option(fc.integer({ min: 1, max: 3 })),
      branch: fc.constantFrom(1, 2),
      at: fc.option(oneHour, { freq: 9 }),
    }),
    { minLength: 1, maxLength: 20 },
  ),
  ttlHours: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  hasCreated: fc.boolean(),
  knownBy: fc.constantFrom(undefined, 'row', '2026-01-31T22:00:00Z'),
  isCompacted: fc.boolean(),
})

async function rowsOf(database: Database, rows: readonly Row[]): Promise<Table> {
  const values = rows.map(
    ({ client, branch, at }, i) => `(${i}, ${client ?? 'NULL'}, ${branch}, ${momentText(at)})`,
  )
  return describeTable(
    database,
    `(SELECT number, client::BIGINT AS client, branch, moment FROM (VALUES ${values.join(', ')}) v(number, client, branch, moment))`,
  )
}
