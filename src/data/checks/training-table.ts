/** The table to learn from with what all checks need of it: counted once, sampled once. */

import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { Database } from '../duckdb-store.ts'
import { batchColumns } from '../profile/column-batches.ts'
import { type Column, isIntegerType, type Table, valueOf } from '../table/column.ts'
import type { TargetKind } from './training-check.ts'

/** A column with its counts over all rows. */
export interface CountedColumn {
  readonly column: Column
  /** Cells that are not missing. */
  readonly present: number
  /** Different values among them. */
  readonly distinct: number
  /** Greatest minus least value of an integer column, else `undefined`. */
  readonly span: number | undefined
  /** Its name in the sample. */
  readonly sampled: string
}

export interface TrainingTable {
  readonly database: Database
  readonly table: Table
  readonly rows: number
  readonly target: CountedColumn
  readonly kind: TargetKind
  readonly keys: readonly CountedColumn[]
  readonly features: readonly CountedColumn[]
  /**
   * Name of a table of at most 200,000 rows, spread over the whole: `position`
   * from 0, `half` false or true, `t` the target (0 or 1, a class as text, or a
   * number; never missing), and the columns by their names in the sample.
   */
  readonly sample: string
  readonly sampleRows: number
}

/** Which columns play which part. */
export interface TrainingRoles {
  readonly target: string
  readonly keys: readonly string[]
  /** By default every other column. */
  readonly features?: readonly string[]
}

/**
 * Counts the columns, 300 in one scan, and draws the sample in another.
 *
 * @throws {ToolkitError} `DATA_COLUMN_MISSING`, `TRAINING_INVALID` when there are no rows or the target is no
 *   class and no number
 */
export async function openTrainingTable(
  database: Database,
  table: Table,
  roles: TrainingRoles,
): Promise<TrainingTable> {
  const used = findColumns(table, roles)
  const { rows, counted } = await countColumns(database, table, used)
  if (rows === 0) {
    throw new ToolkitError('TRAINING_INVALID', 'the table has no rows', {
      hint: 'give a table with rows to learn from',
    })
  }
  const named = (name: string): CountedColumn => counted.find(({ column }) => column.name === name)!
  const target = named(roles.target)
  const kind = await judgeTarget(database, table, target)
  const others = counted.filter((each) => each !== target)
  const sampleRows = await drawSample(database, table, { rows, target, kind, others })
  return {
    database,
    table,
    rows,
    target,
    kind,
    keys: roles.keys.map(named),
    features: others.filter(({ column }) => !roles.keys.includes(column.name)),
    sample,
    sampleRows,
  }
}

const sample = 'mlpt_training_sample'
const sampleLimit = 200_000

function findColumns({ columns }: Table, roles: TrainingRoles): readonly Column[] {
  const names = columns.map((column) => column.name)
  const present = new Set(names)
  const wanted = new Set([roles.target, ...roles.keys, ...(roles.features ?? [])])
  const absent = [...wanted].filter((name) => !present.has(name))
  if (absent.length > 0) {
    throw new ToolkitError(
      'DATA_COLUMN_MISSING',
      `there is no column ${absent.map((name) => `'${name}'`).join(', ')}`,
      { hint: [...new Set(absent.map((name) => nameHint(name, names, 'columns')))].join('; ') },
    )
  }
  return columns.filter(({ name }) => roles.features === undefined || wanted.has(name))
}

async function countColumns(
  database: Database,
  { relation }: Table,
  columns: readonly Column[],
): Promise<{ readonly rows: number; readonly counted: readonly CountedColumn[] }> {
  let rows = 0
  const counted: CountedColumn[] = []
  // One statement about all columns of a wide table takes more than twice as long for twice the columns.
  for (const batch of batchColumns(columns, 1)) {
    const aggregates = batch.flatMap((column, i) => {
      const value = valueOf(column)
      return [
        `count(${value}) AS n${i}`,
        `count(DISTINCT ${value}) AS d${i}`,
        ...(isIntegerType(column.type)
          ? [`CAST(max(${value}) AS DOUBLE) - min(${value}) AS s${i}`]
          : []),
      ]
    })
    const [row] = await database.query(
      `SELECT ${['count(*) AS "rows"', ...aggregates].join(', ')} FROM ${relation}`,
    )
    rows = Number(row?.['rows'])
    for (const [i, column] of batch.entries()) {
      counted.push({
        column,
        present: Number(row?.[`n${i}`]),
        distinct: Number(row?.[`d${i}`]),
        span: isIntegerType(column.type) ? Number(row?.[`s${i}`] ?? 0) : undefined,
        sampled: `v${counted.length}`,
      })
    }
  }
  return { rows, counted }
}

/** Numbers with more values than this are quantities; texts with more are no classes. */
const mostNumberClasses = 10
const mostTextClasses = 1000

async function judgeTarget(
  database: Database,
  { relation }: Table,
  { column, distinct, present }: CountedColumn,
): Promise<TargetKind> {
  const isText = column.family === 'text'
  if (column.family === 'boolean' || (isText && distinct <= 2)) return 'binary'
  if (isText && distinct <= Math.min(mostTextClasses, Math.max(present / 2, 2))) return 'classes'
  if (column.family !== 'number') {
    throw new ToolkitError(
      'TRAINING_INVALID',
      `the target '${column.name}' is ${column.type} with ${distinct} different values in ${present} rows`,
      { hint: 'name a column of numbers, booleans or classes as the target' },
    )
  }
  if (distinct > mostNumberClasses) return 'quantity'
  const value = valueOf(column)
  const [row] = await database.query(
    `SELECT coalesce(bool_and(${value} = floor(${value})), TRUE) AS whole FROM ${relation}`,
  )
  if (row?.['whole'] !== true) return 'quantity'
  return distinct <= 2 ? 'binary' : 'classes'
}

/**
 * Which rows are drawn, and which half they fall in, are two bits of a hash of
 * the position: no pattern of the file's order can hide in them. [Knuth 1998, §6.4]
 */
const halfOf = '(position * 2654435761) % 4294967296 >= 2147483648'

async function drawSample(
  database: Database,
  { relation }: Table,
  draw: {
    readonly rows: number
    readonly target: CountedColumn
    readonly kind: TargetKind
    readonly others: readonly CountedColumn[]
  },
): Promise<number> {
  const columns = draw.others
    .filter(({ column }) => column.family !== 'other')
    .map(({ column, sampled }) => `${valueOf(column)} AS ${sampled}`)
  const share = Math.min(1, sampleLimit / draw.rows)
  await database.run(
    `CREATE OR REPLACE TEMP TABLE ${sample} AS
     SELECT *, ${halfOf} AS half FROM (
       SELECT ${['row_number() OVER () - 1 AS position', `${targetOf(draw)} AS t`, ...columns].join(', ')}
       FROM ${relation})
     WHERE t IS NOT NULL AND (position * 2246822519) % 4294967296 < ${Math.ceil(4294967296 * share)}`,
  )
  const [row] = await database.query(`SELECT count(*) AS n FROM ${sample}`)
  return Number(row?.['n'])
}

/** Of two classes the greater one is 1. */
function targetOf({
  target: { column },
  kind,
}: {
  readonly target: CountedColumn
  readonly kind: TargetKind
}): string {
  const value = valueOf(column)
  if (kind === 'classes') return `CAST(${value} AS VARCHAR)`
  if (kind === 'quantity') return `CAST(${value} AS DOUBLE)`
  return `CAST(${value} = max(${value}) OVER () AS INTEGER)`
}

/** Removes the sample. */
export async function closeTrainingTable({ database }: TrainingTable): Promise<void> {
  await database.run(`DROP TABLE IF EXISTS ${sample}`)
}
