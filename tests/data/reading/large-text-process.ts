/** Reads and validates a text file with little memory for data: argv is the file; prints what it took as JSON. */

import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { openTable } from '../../../src/data/reading/open-table-file.ts'
import { validateTable } from '../../../src/data/validate.ts'

/** What is printed. */
export interface Taken {
  readonly verdicts: readonly boolean[]
  readonly rows: unknown
  readonly spilledBytes: number
  readonly memoryBytes: number
}

using database = await openDatabase()
await database.run("SET memory_limit = '128MB'")
await using opened = await openTable(database, process.argv[2]!)
const { table } = opened
const suite = {
  name: 'large',
  meta: {},
  expectations: [
    {
      type: 'expect_column_mean_to_be_between',
      kwargs: { column: 'id', min_value: 1, max_value: 1e9 },
      meta: {},
      severity: 'critical' as const,
    },
    {
      type: 'expect_column_value_lengths_to_equal',
      kwargs: { column: 'text', value: 400 },
      meta: {},
      severity: 'critical' as const,
    },
  ],
}
const { results } = await validateTable({ database, relation: table.relation, suite })
const [rows] = await database.query(
  `SELECT count(*) AS count, sum(id) AS sum FROM ${table.relation}`,
)
const [files] = await database.query('SELECT sum(size) AS size FROM duckdb_temporary_files()')
const taken: Taken = {
  verdicts: results.map(({ success }) => success),
  rows,
  spilledBytes: Number(files!['size']),
  memoryBytes: process.resourceUsage().maxRSS * 1024,
}
process.stdout.write(JSON.stringify(taken))
