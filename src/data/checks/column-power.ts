/** Asks the sample how well one column alone predicts the target. */

import type { Cell } from '../duckdb-store.ts'
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

/**
 * The power of a column, or `undefined` when there are too few rows to tell.
 *
 * @param column - by name in the sample; `family` 'number' bins it by rank
 */
export async function measurePower(
  training: TrainingTable,
  column: Pick<CountedColumn, 'sampled' | 'present' | 'distinct'> & { readonly isOrdered: boolean },
): Promise<ColumnPower | undefined> {
  const { kind, sampleRows } = training
  if (sampleRows < leastRows || isUnlearnable(column)) return undefined
  const rows = await training.database.query(selectBins(training, column))
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

function isUnlearnable(column: {
  readonly isOrdered: boolean
  readonly distinct: number
  readonly present: number
}): boolean {
  if (column.isOrdered) return false
  return column.distinct > mostCategories || column.distinct > column.present / 2
}

function selectBins(
  { kind, sample, sampleRows }: TrainingTable,
  { sampled, distinct, isOrdered }: { sampled: string; distinct: number; isOrdered: boolean },
): string {
  const bins = Math.min(100, Math.max(4, Math.floor(Math.sqrt(sampleRows))))
  const isRanked = isOrdered && distinct > bins
  const bin = isRanked
    ? `CASE WHEN ${sampled} IS NOT NULL THEN
         (rank() OVER (ORDER BY ${sampled} NULLS LAST) - 1) * ${bins} // ${sampleRows} END`
    : sampled
  const centred = kind === 'quantity' ? 't - avg(t) OVER ()' : 't'
  const inner = `SELECT ${bin} AS bin, half, ${centred} AS t FROM ${sample} ${
    kind === 'quantity' ? 'WHERE isfinite(t)' : ''
  }`
  const sums =
    kind === 'classes'
      ? 't AS class, count(*) AS "rows"'
      : 'count(*) AS "rows", sum(t) AS total, sum(t * t) AS squares'
  return `SELECT CAST(bin AS VARCHAR) AS bin, half, ${sums}
    FROM (${inner}) GROUP BY ALL ORDER BY ALL`
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
