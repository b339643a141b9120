/** What a column of texts holds, told by DuckDB: however many different texts, none but the shown ones come here. */

import { type Database, quoteName, quoteText } from '../duckdb-store.ts'
import type { ColumnProfile, ValueCount } from './profile.ts'
import { storedValues, topValues } from './store-distribution.ts'

/** JavaScript's `\s`: Python's and Unicode's blanks, of which RE2's own has six. */
const blank = String.raw`\t\n\x0b\f\r\x{20}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`

/** What a text looks like, as regular expressions of RE2 for the whole of it; the first that fits. */
const classes: readonly (readonly [name: string, pattern: string])[] = [
  ['blank', `[${blank}]*`],
  ['padded', `(?s)[${blank}].*|.*[${blank}]`],
  ['leading zero', String.raw`0\d+`],
  ['integer', String.raw`[+-]?\d+`],
  ['decimal', String.raw`(?i)[+-]?(?:\d+[.,]\d*|[.,]\d+)(?:e[+-]?\d+)?`],
  ['date', String.raw`\d{4}-\d{2}-\d{2}`],
  ['timestamp', String.raw`(?s)\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*`],
  ['uuid', String.raw`(?i)[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}`],
  ['email', `[^${blank}@]+@[^${blank}@]+[.][^${blank}@]+`],
  ['url', `(?i)https?://[^${blank}]+`],
  ['word', String.raw`[\p{L}\p{M}\p{N}_-]+`],
]

/** Different texts with their counts, while a column is described. */
const counted = '"#texts"'

/** @param source - the rows, and how many there are; `column` is of texts */
export async function profileTexts(
  database: Database,
  { relation, rows }: { readonly relation: string; readonly rows: number },
  column: string,
): Promise<Pick<ColumnProfile, 'nulls' | 'distinct' | 'top' | 'texts' | 'distribution'>> {
  const text = quoteName(column)
  await database.run(`CREATE OR REPLACE TEMP TABLE ${counted} AS
    SELECT CAST(${text} AS VARCHAR) AS v, count(*) AS n FROM ${relation} WHERE ${text} IS NOT NULL GROUP BY 1`)
  try {
    return await describeCounted(database, rows)
  } finally {
    await database.run(`DROP TABLE IF EXISTS ${counted}`)
  }
}

async function describeCounted(
  database: Database,
  rows: number,
): Promise<Pick<ColumnProfile, 'nulls' | 'distinct' | 'top' | 'texts' | 'distribution'>> {
  const [sums] = await database.query(
    `SELECT count(*) AS "distinct", coalesce(sum(n), 0) AS total, min(length(v)) AS min, max(length(v)) AS max,
       coalesce(sum(length(v) * n), 0) AS characters FROM ${counted}`,
  )
  const total = Number(sums?.['total'])
  const distinct = { count: Number(sums?.['distinct']), isExact: true }
  if (total === 0) return { nulls: rows, distinct, top: [], distribution: { kind: 'none' } }
  const listed = await listCounts(
    database,
    `SELECT v, n FROM ${counted} ORDER BY n DESC, v LIMIT ${storedValues}`,
  )
  const others = total - listed.reduce((sum, { count }) => sum + count, 0)
  return {
    nulls: rows - total,
    distinct,
    top: listed.slice(0, topValues),
    texts: {
      lengths: {
        min: Number(sums?.['min']),
        max: Number(sums?.['max']),
        mean: Number(sums?.['characters']) / total,
      },
      classes: await countClasses(database),
    },
    distribution: { kind: 'categories', counts: listed, others },
  }
}

async function countClasses(database: Database): Promise<readonly ValueCount[]> {
  const tests = classes.map(
    ([name, pattern]) => `WHEN regexp_full_match(v, ${quoteText(pattern)}) THEN ${quoteText(name)}`,
  )
  return listCounts(
    database,
    `SELECT CASE ${tests.join(' ')} ELSE 'other' END AS v, sum(n) AS n FROM ${counted}
     GROUP BY 1 ORDER BY 2 DESC, 1`,
  )
}

async function listCounts(database: Database, sql: string): Promise<readonly ValueCount[]> {
  const found = await database.query(sql)
  return found.map(({ v, n }) => ({ value: String(v), count: Number(n) }))
}
