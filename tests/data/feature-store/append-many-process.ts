/** Appends two years of facts to the folder that it is given; killed by a test while it does. */

import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { appendFacts } from '../../../src/data/feature-store/view-store.ts'
import { entities, factsOf, manyFacts } from './feature-store-table.ts'

const database = await openDatabase()
const view = {
  name: 'facts',
  timestamp: 'at',
  entities,
  features: { x: { type: 'number' } },
} as const
await appendFacts(
  database,
  { folder: process.argv[2]!, view },
  await factsOf(database, manyFacts()),
)
