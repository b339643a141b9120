/** Appends two years of facts to the folder that it is given; killed by a test while it does. */

import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { appendFacts } from '../../../src/data/feature-store/view-store.ts'
import { base, factsOf, manyFacts } from './feature-store-table.ts'

const database = await openDatabase()
await appendFacts(
  database,
  { folder: process.argv[2]!, view: base },
  await factsOf(database, manyFacts()),
)
