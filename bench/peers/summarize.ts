/** DuckDB's own summary of a Parquet file, in a process of its own. */

import { openDatabase, quoteText } from '../../src/data/duckdb-store.ts'

using database = await openDatabase()
await database.run(`SUMMARIZE SELECT * FROM read_parquet(${quoteText(process.argv[2] ?? '')})`)
