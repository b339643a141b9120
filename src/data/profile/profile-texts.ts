/** What columns of texts hold, told by DuckDB: however many different texts, none but the shown ones come here. */

import { type Database, quoteText } from '../duckdb-store.ts'
import { countTexts, type TextColumns } from './count-texts-store.ts'
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

/** What a profile says of a column of texts. */
export type TextColumnProfile = Pick<
  ColumnProfile,
  'nulls' | 'distinct' | 'top' | 'texts' | 'distribution'
>

/**
 * @param source - the rows, how many there are, and the names of columns of texts
 * @returns in the order of the names
 */
export async function profileTexts(
  database: Database,
  { rows, ...columns }: TextColumns & { readonly rows: number },
): Promise<readonly TextColumnProfile[]> {
  return countTexts(database, columns, async (counted) => {
    const sums = await sumColumns(database, counted)
    const listed = await listCounts(database, mostFrequentSql(counted, columns.names.length))
    const classed = await listCounts(database, classesSql(counted))
    return columns.names.map((_, column) =>
      describe(rows, {
        sums: sums.get(column),
        listed: listed.get(column) ?? [],
        classed: classed.get(column) ?? [],
      }),
    )
  })
}

interface TextSums {
  readonly distinct: number
  /** Texts that are there. */
  readonly total: number
  readonly min: number
  readonly max: number
  readonly characters: number
}

async function sumColumns(
  database: Database,
  counted: string,
): Promise<ReadonlyMap<number, TextSums>> {
  const found = await database.query(
    `SELECT c, count(*) AS "distinct", sum(n) AS total, min(length(v)) AS min, max(length(v)) AS max,
       sum(length(v) * n) AS characters FROM ${counted} GROUP BY c`,
  )
  return new Map(
    found.map((row) => {
      const number = (name: string): number => Number(row[name])
      const sums = {
        distinct: number('distinct'),
        total: number('total'),
        min: number('min'),
        max: number('max'),
        characters: number('characters'),
      }
      return [number('c'), sums]
    }),
  )
}

function describe(
  rows: number,
  {
    sums,
    listed,
    classed,
  }: {
    readonly sums: TextSums | undefined
    readonly listed: readonly ValueCount[]
    readonly classed: readonly ValueCount[]
  },
): TextColumnProfile {
  if (sums === undefined) {
    const distinct = { count: 0, isExact: true }
    return { nulls: rows, distinct, top: [], distribution: { kind: 'none' } }
  }
  const { total, min, max, characters } = sums
  const others = total - listed.reduce((sum, { count }) => sum + count, 0)
  return {
    nulls: rows - total,
    distinct: { count: sums.distinct, isExact: true },
    top: listed.slice(0, topValues),
    texts: { lengths: { min, max, mean: characters / total }, classes: classed },
    distribution: { kind: 'categories', counts: listed, others },
  }
}

function mostFrequentSql(counted: string, columns: number): string {
  const order = 'n DESC, v'
  // A window sorts all texts, a limit keeps only the first: one column may have millions.
  const limit =
    columns === 1
      ? `ORDER BY ${order} LIMIT ${storedValues}`
      : `QUALIFY row_number() OVER (PARTITION BY c ORDER BY ${order}) <= ${storedValues} ORDER BY c, ${order}`
  return `SELECT c, v, n FROM ${counted} ${limit}`
}

function classesSql(counted: string): string {
  const tests = classes.map(
    ([name, pattern]) => `WHEN regexp_full_match(v, ${quoteText(pattern)}) THEN ${quoteText(name)}`,
  )
  return `SELECT c, CASE ${tests.join(' ')} ELSE 'other' END AS v, sum(n) AS n FROM ${counted}
    GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2`
}

/** Of the rows of `c`, `v` and `n`, by `c`. */
async function listCounts(
  database: Database,
  sql: string,
): Promise<ReadonlyMap<number, readonly ValueCount[]>> {
  const found = await database.query(sql)
  const listed = new Map<number, ValueCount[]>()
  for (const { c, v, n } of found) {
    const list = listed.get(Number(c)) ?? []
    if (list.push({ value: String(v), count: Number(n) }) === 1) listed.set(Number(c), list)
  }
  return listed
}
