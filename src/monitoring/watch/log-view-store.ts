/** The windows of one model version as DuckDB sees them. */

import type { InputField, InputFields } from '../../core/input-field.ts'
import { hoursColumn, hourSql } from './hour-of-day.ts'
import { type Database, quoteName } from '../../data/duckdb-store.ts'
import {
  readDistributions,
  type TableDistributions,
} from '../../data/profile/read-distributions.ts'
import { momentSql } from '../../data/schema/datetime-sql.ts'
import type { Column } from '../../data/table/column.ts'
import { selectLabels } from '../prediction-log/log-parts-store.ts'
import { listMeasured, type OutputColumn } from './output-columns.ts'
import {
  columnsOf,
  filesBetween,
  filesWithIdsOf,
  selectFiles,
  type LogFile,
  type LogVersion,
} from './log-catalogue.ts'
import type { LogView } from './open-log-store.ts'
import { planRowWindows, type LogPosition, type WindowBounds } from './plan-windows.ts'
import { segmentSql, type Segment } from './segments.ts'
import type { WindowSize } from './window-size.ts'

/** The condition that a row is of a version, with two values to bind. */
export const ofVersion = 'version IS NOT DISTINCT FROM ? AND digest IS NOT DISTINCT FROM ?'
const fromRow = '(time > ? OR (time = ? AND id >= ?))'
const toRow = '(time < ? OR (time = ? AND id <= ?))'

function bind({ time, id }: LogPosition): readonly [number, number, string] {
  return [time, time, id]
}

/** Where windows of rows go on. */
export interface RowStart {
  readonly at: LogPosition
  /** Whether the row there is in the next window, too. */
  readonly isIncluded: boolean
}

/** Before all rows. */
export const logStart: RowStart = {
  at: { time: Number.MIN_SAFE_INTEGER, id: '' },
  isIncluded: true,
}

/**
 * Where the next window of rows begins: so many rows before the end of the last one as the two have in common. Counted
 * from its end, for rows may have come late between its first and its last, or may have been removed.
 */
export async function findRowStart(
  { database, predictions }: LogView,
  version: LogVersion,
  size: Extract<WindowSize, { kind: 'rows' }>,
  judged: Pick<WindowBounds, 'first' | 'last'> | undefined,
): Promise<RowStart> {
  if (judged === undefined) return logStart
  const { first, last } = judged
  const shared = size.rows - size.step
  const files = filesBetween(predictions, version, { from: first.time, to: last.time })
  if (shared === 0 || files.length === 0) return { at: last, isIncluded: false }
  const [row] = await database.query(
    `SELECT time, id FROM (
       SELECT time, id FROM (${selectFiles('predictions', files)}) WHERE ${ofVersion} AND ${fromRow} AND ${toRow}
       ORDER BY time DESC, id DESC LIMIT ${shared}
     ) ORDER BY time, id LIMIT 1`,
    [version.version, version.digest, ...bind(first), ...bind(last)],
  )
  if (row === undefined) return { at: last, isIncluded: false }
  return { at: { time: Number(row['time']), id: String(row['id']) }, isIncluded: true }
}

/** The condition that a row is at the start or behind it, with the values to bind. */
export function fromStart({ at, isIncluded }: RowStart): {
  readonly sql: string
  readonly values: readonly [number, number, string]
} {
  const sql = isIncluded ? fromRow : '(time > ? OR (time = ? AND id > ?))'
  return { sql, values: bind(at) }
}

/** The complete windows of rows, and how many rows wait for the next one. */
export async function findRowWindows(
  { database, predictions }: LogView,
  version: LogVersion,
  size: Extract<WindowSize, { kind: 'rows' }>,
  start: RowStart,
): Promise<{ readonly windows: readonly WindowBounds[]; readonly waiting: number }> {
  const { sql, values: position } = fromStart(start)
  const values = [version.version, version.digest, ...position]
  const files = filesBetween(predictions, version, { from: start.at.time, to: Infinity })
  const rows = `FROM (${selectFiles('predictions', files)}) WHERE ${ofVersion} AND ${sql}`
  const [counted] = await database.query(`SELECT count(*) AS n ${rows}`, values)
  const total = Number(counted?.['n'] ?? 0)
  const planned = planRowWindows(size, total)
  const last = planned.at(-1)
  const waiting = last === undefined ? total : Math.max(0, total - last.first - size.step)
  if (last === undefined) return { windows: [], waiting }
  const wanted = [...new Set(planned.flatMap((one) => [one.first, one.last]))]
  const found = await database.query(
    `SELECT place, time, id FROM (SELECT time, id, row_number() OVER (ORDER BY time, id) - 1 AS place ${rows})
     WHERE place IN (${wanted.join(', ')})`,
    values,
  )
  const positions = new Map(
    found.map((row) => [
      Number(row['place']),
      { time: Number(row['time']), id: String(row['id']) },
    ]),
  )
  const windows = planned.flatMap((one) => {
    const [first, end] = [positions.get(one.first), positions.get(one.last)]
    if (first === undefined || end === undefined) return []
    return [{ first, last: end, from: first.time, to: end.time }]
  })
  return { windows, waiting }
}

const table = 'monitored_window'

/** What of a window is looked at. */
export interface WantedColumns {
  /** Names of fields. */
  readonly fields: InputFields
  readonly outputs: readonly OutputColumn[]
}

const labels = 'known_labels'

/** The labels of all rows of some files in memory, to be joined with windows of them. */
export async function loadLabels(
  { database, feedback }: LogView,
  predictions: readonly LogFile[],
): Promise<void> {
  const select = selectFiles('feedback', filesWithIdsOf(feedback, predictions))
  await database.run(`CREATE OR REPLACE TEMP TABLE ${labels} AS ${selectLabels(select)}`)
}

/** One window in memory, to be asked several times; the next one takes its place. Labels are those that were loaded. */
export async function loadWindow(
  { database, predictions }: LogView,
  version: Pick<LogVersion, 'version' | 'digest'>,
  { first, last }: Pick<WindowBounds, 'first' | 'last'>,
  { fields, outputs }: WantedColumns,
): Promise<number> {
  const numbers = new Set(['score', ...outputs.map(({ name }) => name), 'label'])
  const wanted = [
    ...Array.from(numbers, (name) => [name, 'DOUBLE'] as const),
    ...Object.entries(fields).map(
      ([name, field]) => [`input.${name}`, storageOf(field).type] as const,
    ),
  ]
  const files = filesBetween(predictions, version, { from: first.time, to: last.time })
  const columns = new Set([...columnsOf(files), 'label'])
  const cells = wanted.map(([name, type]) => {
    const column = quoteName(name)
    if (!columns.has(name)) return `NULL::${type} AS ${column}`
    const isMoment = type === hoursColumn.type
    const cell = isMoment ? hourSql(momentSql(`CAST(${column} AS VARCHAR)`)) : column
    return `TRY_CAST(${cell} AS ${type}) AS ${column}`
  })
  await database.run(
    `CREATE OR REPLACE TEMP TABLE ${table} AS
     SELECT ${['time', 'id', ...cells].join(', ')}
     FROM (SELECT * FROM (${selectFiles('predictions', files)}) WHERE ${ofVersion} AND ${fromRow} AND ${toRow})
       LEFT JOIN ${labels} USING (id) ORDER BY time, id`,
    [version.version, version.digest, ...bind(first), ...bind(last)],
  )
  const [counted] = await database.query(`SELECT count(*) AS n FROM ${table}`)
  return Number(counted?.['n'] ?? 0)
}

/** How a window holds an input: a date and a moment are texts in the log, and of a moment its hour is looked at. */
function storageOf({ type }: InputField): Pick<Column, 'type' | 'family'> {
  if (type === 'text') return { type: 'VARCHAR', family: 'text' }
  if (type === 'datetime') return hoursColumn
  return type === 'date' ? { type: 'DATE', family: 'time' } : { type: 'DOUBLE', family: 'number' }
}

/** What the inputs of the loaded window hold. */
export async function observeInputs(
  database: Database,
  inputs: InputFields,
  segment?: Segment,
): Promise<TableDistributions> {
  const where =
    segment === undefined ? '' : ` WHERE ${segmentSql(segment, `input.${segment.column}`)}`
  const relation = `(SELECT * FROM ${table}${where})`
  const names = Object.keys(inputs).filter((name) => name !== segment?.column)
  const columns = names.map((name): Column => ({
    name: `input.${name}`,
    ...storageOf(inputs[name]!),
  }))
  const observed = await readDistributions(database, { relation, columns })
  return {
    rows: observed.rows,
    columns: new Map(
      names.flatMap((name) => {
        const column = observed.columns.get(`input.${name}`)
        return column === undefined ? [] : [[name, { ...column, name }] as const]
      }),
    ),
  }
}

/** What the outputs of the loaded window hold, and the score. */
export async function observeScores(
  database: Database,
  outputs: readonly OutputColumn[],
): Promise<TableDistributions> {
  const names = new Set(['score', ...outputs.map(({ name }) => name)])
  const columns = Array.from(names, (name): Column => ({ name, type: 'DOUBLE', family: 'number' }))
  return readDistributions(database, { relation: table, columns })
}

/** Rows whose label is known, in the order of the log. */
export interface LabelledRows {
  readonly target: Float64Array
  /** The score; of several classes the probability of each. */
  readonly scores: readonly Float64Array[]
}

/** The labelled rows of the loaded window, or of a segment of it. */
export async function readLabelled(
  database: Database,
  outputs: readonly OutputColumn[],
  segment?: Segment,
): Promise<LabelledRows> {
  const names = listMeasured(outputs).map(({ name }) => quoteName(name))
  const where =
    segment === undefined ? '' : ` AND ${segmentSql(segment, `input.${segment.column}`)}`
  const cells = names.map((name, i) => `${name} AS "${i}"`)
  const known = ['label', ...names].map((name) => `${name} IS NOT NULL`)
  const columns = await database.queryNumbers(
    `SELECT label, ${cells.join(', ')} FROM ${table} WHERE ${known.join(' AND ')}${where} ORDER BY time, id`,
  )
  return {
    target: columns.get('label')!,
    scores: names.map((_, i) => columns.get(String(i))!),
  }
}

const fingerprint = `count(*) AS n, CAST(bit_xor(md5_number_lower(id || '=' || label)) AS VARCHAR) AS labels`

/** A text that changes when a label of the loaded window comes or changes; empty without labels. */
export async function fingerprintLoaded(database: Database): Promise<string> {
  const [row] = await database.query(`SELECT ${fingerprint} FROM ${table} WHERE label IS NOT NULL`)
  return Number(row?.['n'] ?? 0) === 0 ? '' : `${row?.['n']} ${row?.['labels']}`
}
