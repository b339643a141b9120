import { ToolkitError } from '../core/errors.ts'
import { nameHint } from '../core/nearest.ts'
import type { Database } from '../data/duckdb-store.ts'
import { familyOf, type Column, valueOf } from '../data/table/column.ts'
import { foldColumn, rowColumn } from '../data/features.ts'
import { countBins, type Bin } from './histogram.ts'
import { populationStabilityIndex } from './psi.ts'

export interface DriftReport {
  readonly referenceRows: number
  readonly currentRows: number
  /** A column has drifted when an index is above this. */
  readonly threshold: number
  /** In the reference's order, then the columns that only the current table has. */
  readonly columns: readonly ColumnDrift[]
  /** Names of the columns that drifted, changed type or are absent on a side. */
  readonly drifted: readonly string[]
}

export interface ColumnDrift {
  readonly name: string
  /**
   * How the column was compared: `deciles` of the reference for numbers of more
   * than 20 distinct values, else its most frequent `values`; only the `missing`
   * rate for dates, times and nested values; otherwise why it could not be.
   */
  readonly comparison:
    | 'deciles'
    | 'values'
    | 'missing'
    | 'absent-in-current'
    | 'absent-in-reference'
    | 'type-changed'
  /** Population stability index over the values that are there; `undefined` when there are none to compare. */
  readonly index: number | undefined
  /** Population stability index of missing against present. */
  readonly missingIndex: number | undefined
  /** Share of missing values, from 0 to 1. */
  readonly referenceMissing: number | undefined
  readonly currentMissing: number | undefined
  readonly bins: readonly Bin[]
  readonly isDrifted: boolean
}

/**
 * Compares the columns of a table with those of a reference: the population
 * stability index of the values and of the missing rate, each against the
 * threshold. A column that either side lacks counts as drifted.
 *
 * With few rows chance alone moves the index: its mean over k bins without any
 * drift is (k − 1)·(1/n + 1/m), 0.18 for ten bins and 100 rows on each side.
 *
 * @param options.reference - what stands after FROM, such as `read_parquet('january.parquet')`
 * @param options.columns - the columns to compare; by default all but the toolkit's own `row` and `fold`
 * @param options.threshold - for both indices; 0.2 is usual
 * @throws {ToolkitError} `DATA_FILE_INVALID` when a side cannot be read or has no rows,
 *   `DATA_COLUMN_MISSING` when `columns` names one that neither side has.
 */
export async function compareTables(options: {
  readonly database: Database
  readonly reference: string
  readonly current: string
  readonly columns?: readonly string[]
  readonly threshold: number
}): Promise<DriftReport> {
  const { database, threshold } = options
  const reference = await describeSide(database, options.reference, 'reference')
  const current = await describeSide(database, options.current, 'current data')
  const columns: ColumnDrift[] = []
  for (const name of listNames(reference, current, options.columns)) {
    columns.push(await compareColumn(name, { database, reference, current, threshold }))
  }
  return {
    referenceRows: reference.rows,
    currentRows: current.rows,
    threshold,
    columns,
    drifted: columns.filter((column) => column.isDrifted).map((column) => column.name),
  }
}

interface Side {
  readonly relation: string
  readonly rows: number
  readonly columns: ReadonlyMap<string, Column>
}

async function describeSide(database: Database, relation: string, name: string): Promise<Side> {
  const { described, rows } = await readShape(database, relation, name)
  if (rows === 0) {
    throw new ToolkitError('DATA_FILE_INVALID', `the ${name}, ${relation}, has no rows`, {
      hint: 'compare tables that have some',
    })
  }
  const columns = described.map((row): [string, Column] => {
    const type = String(row['column_type'])
    const column = String(row['column_name'])
    return [column, { name: column, type, family: familyOf(type) }]
  })
  return { relation, rows, columns: new Map(columns) }
}

async function readShape(
  database: Database,
  relation: string,
  name: string,
): Promise<{ readonly described: readonly Record<string, unknown>[]; readonly rows: number }> {
  try {
    const described = await database.query(`DESCRIBE SELECT * FROM ${relation}`)
    const [counted] = await database.query(`SELECT count(*) AS n FROM ${relation}`)
    return { described, rows: Number(counted?.['n']) }
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new ToolkitError('DATA_FILE_INVALID', `cannot read the ${name}: ${message}`, {
      hint: 'check that the file is there, whole, and Parquet or CSV as its name says',
      cause: error,
    })
  }
}

function listNames(
  reference: Side,
  current: Side,
  wanted: readonly string[] | undefined,
): string[] {
  const names = [...new Set([...reference.columns.keys(), ...current.columns.keys()])]
  if (wanted === undefined) return names.filter((name) => name !== rowColumn && name !== foldColumn)
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length === 0) return [...wanted]
  throw new ToolkitError(
    'DATA_COLUMN_MISSING',
    `neither table has ${unknown.map((name) => `'${name}'`).join(', ')}`,
    { hint: unknown.map((name) => nameHint(name, names, 'columns')).join('; ') },
  )
}

interface Comparison {
  readonly database: Database
  readonly reference: Side
  readonly current: Side
  readonly threshold: number
}

async function compareColumn(name: string, comparison: Comparison): Promise<ColumnDrift> {
  const { database, reference, current, threshold } = comparison
  const before = reference.columns.get(name)
  const after = current.columns.get(name)
  if (before === undefined) return incomparable(name, 'absent-in-reference')
  if (after === undefined) return incomparable(name, 'absent-in-current')
  if (kindOf(before) !== kindOf(after)) return incomparable(name, 'type-changed')
  const missing = [
    await countMissing(database, reference, before),
    await countMissing(database, current, after),
  ] as const
  const { kind, bins } =
    kindOf(before) === 'other'
      ? { kind: 'missing' as const, bins: [] }
      : await countBins(database, {
          reference: { relation: reference.relation, ...comparableValue(before) },
          current: { relation: current.relation, ...comparableValue(after) },
          isNumber: kindOf(before) === 'number',
        })
  const index = indexOf(bins)
  const missingIndex = indexOf([
    { label: 'missing', reference: missing[0], current: missing[1] },
    {
      label: 'present',
      reference: reference.rows - missing[0],
      current: current.rows - missing[1],
    },
  ])
  return {
    name,
    comparison: kind,
    index,
    missingIndex,
    referenceMissing: missing[0] / reference.rows,
    currentMissing: missing[1] / current.rows,
    bins,
    isDrifted: (index ?? 0) > threshold || (missingIndex ?? 0) > threshold,
  }
}

function incomparable(name: string, comparison: ColumnDrift['comparison']): ColumnDrift {
  return {
    name,
    comparison,
    index: undefined,
    missingIndex: undefined,
    referenceMissing: undefined,
    currentMissing: undefined,
    bins: [],
    isDrifted: true,
  }
}

/** Booleans are numbers, as everywhere in the toolkit. */
function kindOf({ family }: Column): 'number' | 'text' | 'other' {
  if (family === 'number' || family === 'boolean') return 'number'
  return family === 'text' ? 'text' : 'other'
}

/** A number's text has no '.0', so that an integer column and a decimal one have the same labels. */
function comparableValue(column: Column): { readonly value: string; readonly text: string } {
  if (kindOf(column) === 'text') {
    const text = `CAST(${valueOf(column)} AS VARCHAR)`
    return { value: text, text }
  }
  const value = `CAST(${valueOf(column)} AS DOUBLE)`
  return { value, text: `regexp_replace(CAST(${value} AS VARCHAR), '\\.0$', '')` }
}

async function countMissing(database: Database, side: Side, column: Column): Promise<number> {
  const [row] = await database.query(
    `SELECT count(*) - count(${valueOf(column)}) AS missing FROM ${side.relation}`,
  )
  return Number(row?.['missing'])
}

function indexOf(bins: readonly Bin[]): number | undefined {
  const index = populationStabilityIndex(
    Float64Array.from(bins, (bin) => bin.reference),
    Float64Array.from(bins, (bin) => bin.current),
  )
  return bins.length === 0 || Number.isNaN(index) ? undefined : index
}
