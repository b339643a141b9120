/** Facts and rows drawn at random, and as tables. */

import fc from 'fast-check'
import type { Database } from '../../../src/data/duckdb-store.ts'
import type { Table } from '../../../src/data/table/column.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'

export const hour = 3_600_000

export interface Fact {
  readonly client: number
  readonly branch: number
  readonly at: number
  readonly created: number | null
  readonly x: number | null
}

export const entities = {
  client: { type: 'integer' },
  branch: { type: 'category', levels: [1, 2] },
} as const

/** A view of the drawn facts, without `created` and `ttl`. */
export const base = {
  name: 'facts',
  timestamp: 'at',
  entities,
  features: { x: { type: 'number' } },
} as const

/** Ten hours around the end of a month, so that moments are often equal and facts lie in two files. */
export const oneHour = fc
  .integer({ min: 0, max: 9 })
  .map((n) => Date.UTC(2026, 0, 31, 19) + n * hour)

const fact = fc.record<Fact>({
  client: fc.integer({ min: 1, max: 2 }),
  branch: fc.constantFrom(1, 2),
  at: oneHour,
  created: fc.option(oneHour),
  x: fc.option(fc.integer({ min: 0, max: 99 })),
})

export const batchesOfFacts = fc.array(fc.array(fact, { maxLength: 12 }), { maxLength: 4 })

export async function factsOf(database: Database, facts: readonly Fact[]): Promise<Table> {
  const values = facts.map(
    ({ client, branch, at, created, x }) =>
      `(${client}, ${branch}, ${momentText(at)}, ${momentText(created)}, ${x ?? 'NULL'})`,
  )
  const none = '(0, 0, NULL::TIMESTAMP, NULL::TIMESTAMP, NULL::INTEGER)'
  return describeTable(
    database,
    `(SELECT * FROM (VALUES ${[none, ...values].join(', ')}) v(client, branch, "at", created, x) WHERE client > 0)`,
  )
}

export function momentText(at: number | null): string {
  return at === null ? 'NULL::TIMESTAMP' : `TIMESTAMP '${new Date(at).toISOString().slice(0, 19)}'`
}

/** The batches that are news: what was appended before, in any order of its rows, is passed over. */
export function newBatches(batches: readonly (readonly Fact[])[], hasCreated: boolean): Fact[][] {
  const seen = new Set<string>()
  return batches.flatMap((batch) => {
    const last = new Map(
      batch.map((one) => {
        const created = hasCreated ? one.created : null
        return [JSON.stringify([one.client, one.branch, one.at, created]), one.x] as const
      }),
    )
    const content = JSON.stringify([...last].toSorted())
    if (seen.has(content)) return []
    seen.add(content)
    return [[...batch]]
  })
}

export const january: Fact = {
  client: 1,
  branch: 1,
  at: Date.UTC(2026, 0, 31),
  created: null,
  x: 1,
}

/** Facts of two years, one a month: an append writes 24 files. */
export function manyFacts(): Fact[] {
  return Array.from({ length: 24 }, (_, i) => ({
    ...january,
    client: i + 1,
    at: Date.UTC(2024, i, 1),
  }))
}
