/** The join that training sets are made of, held against its rule told row by row. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
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
  batchesOfFacts,
  entities,
  type Fact,
  factsOf,
  hour,
  momentText,
  newBatches,
  oneHour,
} from './feature-store-table.ts'
import type { Table } from '../../../src/data/table/column.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'

interface Row {
  readonly client: number | null
  readonly branch: number
  readonly at: number | null
}

const base = { name: 'facts', timestamp: 'at', features: { x: { type: 'number' } } } as const
describe('point-in-time join', () => {
  let database: Database
  let folder: string
  before(async () => {
    database = await openDatabase()
    folder = mkdtempSync(join(tmpdir(), 'mlpt-store-'))
  })
  after(() => {
    database[Symbol.dispose]()
    rmSync(folder, { recursive: true })
  })

  test('every row comes back once, in its order, with what the rule says', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        cases,
        async ({ batches, rows, ttlHours, hasCreated, knownBy, isCompacted }) => {
          const view = defineFeatureView({
            ...base,
            entities,
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
