import type { Cell, Database } from '../data/duckdb-store.ts'
import { quoteText } from '../data/duckdb-store.ts'

/** Rows of both sides in one bin. */
export interface Bin {
  /** For deciles the upper limit, inclusive: '≤ 50000'; else the value. */
  readonly label: string
  readonly reference: number
  readonly current: number
}

/** One column of one table. */
export interface BinnedSide {
  /** What stands after FROM. */
  readonly relation: string
  /** SQL value: DOUBLE or VARCHAR, NULL where missing. */
  readonly value: string
  /** SQL text of the value, different for different values. */
  readonly text: string
}

/** A numeric column with at most so many distinct values is compared value by value. */
const maxValues = 20

/**
 * Counts the values of both sides over bins made from the reference: its
 * deciles for numbers of more than 20 distinct values, else its 20 most
 * frequent values. Values that the reference lacks share a bin, 'other'.
 */
export async function countBins(
  database: Database,
  sides: {
    readonly reference: BinnedSide
    readonly current: BinnedSide
    readonly isNumber: boolean
  },
): Promise<{ readonly kind: 'deciles' | 'values'; readonly bins: readonly Bin[] }> {
  const { reference, isNumber } = sides
  const [row] = await database.query(
    `SELECT count(DISTINCT ${reference.value}) AS n FROM ${reference.relation}`,
  )
  return isNumber && Number(row?.['n']) > maxValues
    ? { kind: 'deciles', bins: await countDeciles(database, sides) }
    : { kind: 'values', bins: await countValues(database, sides) }
}

async function countDeciles(
  database: Database,
  sides: { readonly reference: BinnedSide; readonly current: BinnedSide },
): Promise<Bin[]> {
  const edges = await readDeciles(database, sides.reference)
  const bin = (value: string): string =>
    edges.map((edge) => `CAST(${value} > CAST('${edge}' AS DOUBLE) AS INTEGER)`).join(' + ')
  const reference = await countGroups(database, sides.reference, bin(sides.reference.value))
  const current = await countGroups(database, sides.current, bin(sides.current.value))
  return Array.from({ length: edges.length + 1 }, (_, i) => ({
    label: i < edges.length ? `≤ ${edges[i]}` : `> ${edges.at(-1)}`,
    reference: reference.get(i) ?? 0,
    current: current.get(i) ?? 0,
  }))
}

/** The distinct deciles, ascending: fewer than nine when a value is frequent. */
async function readDeciles(database: Database, side: BinnedSide): Promise<number[]> {
  const deciles = Array.from(
    { length: 9 },
    (_, i) => `quantile_disc(${side.value}, ${(i + 1) / 10}) AS d${i}`,
  )
  const [row] = await database.query(`SELECT ${deciles.join(', ')} FROM ${side.relation}`)
  return [...new Set(Object.values(row ?? {}).map(Number))]
}

async function countValues(
  database: Database,
  sides: { readonly reference: BinnedSide; readonly current: BinnedSide },
): Promise<Bin[]> {
  const values = await readFrequent(database, sides.reference)
  const text = (side: BinnedSide): string => {
    const known =
      values.length === 0 ? 'FALSE' : `${side.text} IN (${values.map(quoteText).join(', ')})`
    return `CASE WHEN ${known} THEN 'v' || ${side.text} ELSE 'other' END`
  }
  const reference = await countGroups(database, sides.reference, text(sides.reference))
  const current = await countGroups(database, sides.current, text(sides.current))
  const bins = values.map((value) => ({
    label: value,
    reference: reference.get(`v${value}`) ?? 0,
    current: current.get(`v${value}`) ?? 0,
  }))
  const other = {
    label: 'other',
    reference: reference.get('other') ?? 0,
    current: current.get('other') ?? 0,
  }
  return other.reference + other.current === 0 ? bins : [...bins, other]
}

/** Numbers in ascending order, texts in that of their code points. */
async function readFrequent(database: Database, side: BinnedSide): Promise<string[]> {
  const rows = await database.query(
    `SELECT text FROM (
       SELECT ${side.value} AS value, ${side.text} AS text, count(*) AS n FROM ${side.relation}
       WHERE ${side.value} IS NOT NULL GROUP BY ALL ORDER BY n DESC, value LIMIT ${maxValues})
     ORDER BY value`,
  )
  return rows.map((row) => String(row['text']))
}

async function countGroups(
  database: Database,
  { relation, value }: BinnedSide,
  group: string,
): Promise<ReadonlyMap<Cell, number>> {
  const rows = await database.query(
    `SELECT ${group} AS bin, count(*) AS n FROM ${relation} WHERE ${value} IS NOT NULL GROUP BY bin`,
  )
  return new Map(rows.map((row) => [row['bin'] ?? null, Number(row['n'])]))
}
