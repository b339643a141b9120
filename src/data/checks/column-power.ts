/** Asks the sample how well each column alone predicts the target. */

import type { Cell } from '../duckdb-store.ts'
import { batchColumns } from '../profile/column-batches.ts'
import { areaUnderCurve, explainedShare, missingOnly, type Bin } from './predictive-power.ts'
import type { CountedColumn, TrainingTable } from './training-table.ts'

/** How well a column predicts, by its values and by being missing alone. */
export interface ColumnPower {
  /** What is measured: 'AUC' from 0.5 to 1, or the share of the target's variation that is explained, up to 1. */
  readonly measure: 'AUC' | 'explained share'
  readonly byValue: number
  readonly byMissing: number
  /** One standard error of the measure when the column says nothing. */
  readonly noise: number
}

/** Fewer rows, or fewer rows of the rarer class, say nothing sure. */
const leastRows = 30
const leastClassRows = 10

/** Texts with more values would fill the memory; what they say can hardly be learnt from so few rows each. */
const mostCategories = 100_000

/** What is measured of a column: by rank where it `isOrdered`, else value by value. */
export interface MeasuredColumn extends Pick<
  CountedColumn,
  'column' | 'sampled' | 'present' | 'distinct'
> {
  readonly isOrdered: boolean
}

/**
 * The power of each column, by its name in the sample; without those of which
 * too few rows, or too many values, tell nothing.
 */
export async function measurePowers(
  training: TrainingTable,
  columns: readonly MeasuredColumn[],
): Promise<ReadonlyMap<string, ColumnPower>> {
  const powers = new Map<string, ColumnPower>()
  if (training.sampleRows < leastRows) return powers
  const binCount = Math.min(100, Math.max(4, Math.floor(Math.sqrt(training.sampleRows))))
  for (const { batch, isRanked } of batchAlike(training, columns, binCount)) {
    const sql = selectBins(training, batch, isRanked ? binCount : undefined)
    const ofPlace = Map.groupBy(await training.database.query(sql), (row) => Number(row['place']))
    for (const [place, { sampled }] of batch.entries()) {
      const power = powerOf(training, ofPlace.get(place) ?? [])
      if (power !== undefined) powers.set(sampled, power)
    }
  }
  return powers
}

/** Ranks in parts of a list cost more than those of one column; from 50,000 rows on that is more than a statement. */
const costOfParts = 20

/** Columns of one type stand in one list, so that one statement measures many: it costs as much as the table is wide. */
function batchAlike(
  { sampleRows }: TrainingTable,
  columns: readonly MeasuredColumn[],
  binCount: number,
): readonly { readonly batch: readonly MeasuredColumn[]; readonly isRanked: boolean }[] {
  const isRanked = ({ isOrdered, distinct }: MeasuredColumn): boolean =>
    isOrdered && distinct > binCount
  const alike = Map.groupBy(
    columns.filter((column) => !isUnlearnable(column)),
    (column) => `${isRanked(column)} ${column.column.type}`,
  )
  return [...alike.values()].flatMap((group) =>
    batchColumns(group, sampleRows * costOfParts).map((batch) => ({
      batch,
      isRanked: isRanked(group[0]!),
    })),
  )
}

function isUnlearnable({ isOrdered, distinct, present }: MeasuredColumn): boolean {
  return !isOrdered && (distinct > mostCategories || distinct > present / 2)
}

/** The rows and sums of each bin of each column; `binCount` is `undefined` where each value is a bin. */
function selectBins(
  { kind, sample, sampleRows }: TrainingTable,
  columns: readonly MeasuredColumn[],
  binCount: number | undefined,
): string {
  const isQuantity = kind === 'quantity'
  const names = columns.map(({ sampled }) => sampled).join(', ')
  const rows = `SELECT half, ${isQuantity ? 't - avg(t) OVER () AS t' : 't'}, ${names} FROM ${sample} ${
    isQuantity ? 'WHERE isfinite(t)' : ''
  }`
  const cells =
    columns.length === 1
      ? `SELECT 0 AS place, half, t, ${names} AS cell FROM (${rows})`
      : `SELECT unnest(range(${columns.length})) AS place, half, t, unnest([${names}]) AS cell FROM (${rows})`
  const window = `${columns.length === 1 ? '' : 'PARTITION BY place '}ORDER BY cell NULLS LAST`
  const bin =
    binCount === undefined
      ? 'cell'
      : `CASE WHEN cell IS NOT NULL THEN (rank() OVER (${window}) - 1) * ${binCount} // ${sampleRows} END`
  const sums =
    kind === 'classes'
      ? 't AS class, count(*) AS "rows"'
      : 'count(*) AS "rows", sum(t) AS total, sum(t * t) AS squares'
  return `SELECT place, CAST(bin AS VARCHAR) AS bin, half, ${sums}
    FROM (SELECT place, ${bin} AS bin, half, t FROM (${cells})) GROUP BY ALL ORDER BY ALL`
}

function powerOf(
  { kind, sampleRows }: TrainingTable,
  rows: readonly Row[],
): ColumnPower | undefined {
  if (kind === 'binary') {
    const bins = rows.map(toBin)
    const positives = bins.reduce((total, bin) => total + bin.sum, 0)
    const negatives = sampleRows - positives
    if (Math.min(positives, negatives) < leastClassRows) return undefined
    return {
      measure: 'AUC',
      byValue: areaUnderCurve(bins),
      byMissing: areaUnderCurve(missingOnly(bins)),
      noise: Math.sqrt((sampleRows + 1) / (12 * positives * negatives)),
    }
  }
  const targets = kind === 'quantity' ? [rows.map(toBin)] : splitByClass(rows)
  return {
    measure: 'explained share',
    byValue: explainedShare(targets),
    byMissing: explainedShare(targets.map(missingOnly)),
    noise: Math.sqrt(2 / sampleRows),
  }
}

type Row = Readonly<Record<string, Cell>>

function toBin(row: Row): Bin {
  return {
    bin: row['bin'] === null ? null : String(row['bin']),
    half: row['half'] === true,
    rows: Number(row['rows']),
    sum: Number(row['total']),
    squares: Number(row['squares']),
  }
}

/** For each class the bins of 'is it this class': the rows of all classes, the sum of this one. */
function splitByClass(rows: readonly Row[]): Bin[][] {
  const classes = [...new Set(rows.map((row) => String(row['class'])))]
  const places = new Map<string, { bin: string | null; half: boolean; of: Map<string, number> }>()
  for (const row of rows) {
    const { bin, half } = toBin(row)
    const place = places.get(JSON.stringify([bin, half])) ?? { bin, half, of: new Map() }
    place.of.set(String(row['class']), Number(row['rows']))
    places.set(JSON.stringify([bin, half]), place)
  }
  return classes.map((name) =>
    [...places.values()].map(({ bin, half, of }) => {
      const sum = of.get(name) ?? 0
      return { bin, half, rows: [...of.values()].reduce((a, b) => a + b, 0), sum, squares: sum }
    }),
  )
}
