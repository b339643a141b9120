/** How often which text occurs in several columns of a table, counted by DuckDB where the rows are. */

import { type Database, quoteName } from '../duckdb-store.ts'

/** Columns of texts. */
export interface TextColumns {
  /** What stands after FROM. */
  readonly relation: string
  readonly names: readonly string[]
}

/**
 * Counts into a table of `c`, the column's index among the names, `v`, a text of it, and `n`, how often it
 * occurs; it is there until it was read. Missing cells do not count.
 */
export async function countTexts<T>(
  database: Database,
  columns: TextColumns,
  read: (counted: string) => Promise<T>,
): Promise<T> {
  await database.run(`CREATE OR REPLACE TEMP TABLE ${counted} AS ${countSql(columns)}`)
  try {
    return await read(counted)
  } finally {
    await database.run(`DROP TABLE IF EXISTS ${counted}`)
  }
}

const counted = '"#texts"'

function countSql({ relation, names }: TextColumns): string {
  const [first, ...others] = names.map(quoteName)
  // Alone it is counted without a list of each row, in half the time where few texts are different.
  if (others.length === 0) {
    return `SELECT 0 AS c, CAST(${first} AS VARCHAR) AS v, count(*) AS n FROM ${relation}
      WHERE ${first} IS NOT NULL GROUP BY 2`
  }
  const texts = names.map((name) => `CAST(${quoteName(name)} AS VARCHAR)`)
  return `SELECT c, v, count(*) AS n FROM (
      SELECT unnest([${[...names.keys()].join(', ')}]) AS c, unnest([${texts.join(', ')}]) AS v FROM ${relation})
    WHERE v IS NOT NULL GROUP BY c, v`
}
