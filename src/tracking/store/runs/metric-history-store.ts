/** Reading metrics from the tracking database: page by page, of several runs, or a sample. */

import { ToolkitError } from '../../../core/errors.ts'
import type { MetricPoint, Page } from '../../../core/tracking.ts'
import type { Row, SqlValue, TrackingDatabase } from '../database/database-store.ts'
import type { PageRequest } from '../database/page.ts'
import { numberOf } from '../database/rows.ts'
import { toMetricPoint } from './metrics-store.ts'

/** A point and the run that it is of. */
export interface RunMetricPoint extends MetricPoint {
  readonly runId: string
}

/** Steps from `start` to `end`, both included. */
export interface StepRange {
  readonly start: number
  readonly end: number
}

/** One metric of several runs. */
export interface HistoriesSearch {
  readonly runIds: readonly string[]
  readonly key: string
  readonly maxResults: number
}

/** A sample of one metric of several runs. */
export interface SampleSearch {
  readonly runIds: readonly string[]
  readonly key: string
  readonly steps?: StepRange | undefined
  readonly maxPointsPerRun: number
}

/** One metric's points by time, step and value; none when run or key is unknown. */
export function readMetricHistory(
  database: TrackingDatabase,
  search: { readonly runId: string; readonly key: string } & PageRequest,
): Page<MetricPoint> {
  const { runId, key, maxResults } = search
  const after = parseToken(search.pageToken)
  const seriesId = findSeries(database, runId, key)
  if (seriesId === undefined) return { items: [], nextPageToken: undefined }
  // By the last point, not by an offset: the millionth page is as quick as the first.
  const rows = database.rows(
    `SELECT ${columns} FROM metric_points WHERE series_id = ?
     ${after === undefined ? '' : 'AND (timestamp, step, value, is_nan) > (?, ?, ?, ?)'}
     ORDER BY timestamp, step, value, is_nan LIMIT ?`,
    [seriesId, ...(after ?? []), maxResults + 1],
  )
  const shown = rows.slice(0, maxResults)
  return {
    items: shown.map((row) => toMetricPoint(key, row)),
    nextPageToken: rows.length > maxResults ? formatToken(shown.at(-1)!) : undefined,
  }
}

/** Of several runs: by run id, then time, step and value. Ends at `maxResults` points. */
export function readMetricHistories(
  database: TrackingDatabase,
  search: HistoriesSearch,
): RunMetricPoint[] {
  const points: RunMetricPoint[] = []
  for (const runId of [...new Set(search.runIds)].sort()) {
    const maxResults = search.maxResults - points.length
    if (maxResults < 1) break
    const { items } = readMetricHistory(database, { runId, key: search.key, maxResults })
    for (const item of items) points.push(Object.assign(item, { runId }))
  }
  return points
}

/**
 * At most so many points of each run, by step: all of them, or an even sample with the first and
 * the last. Up to {@link exactSampleSize} points it is even by rank, as MLflow's; beyond, by step,
 * because counting off millions of points would hold up everybody else.
 */
export function sampleMetricHistories(
  database: TrackingDatabase,
  search: SampleSearch,
): RunMetricPoint[] {
  const { key, steps = { start: -Number.MAX_SAFE_INTEGER, end: Number.MAX_SAFE_INTEGER } } = search
  return search.runIds.flatMap((runId) => {
    const seriesId = findSeries(database, runId, key)
    if (seriesId === undefined) return []
    const rows = sampleSeries(database, { seriesId, steps, size: search.maxPointsPerRun })
    return rows.map((row) => Object.assign(toMetricPoint(key, row), { runId }))
  })
}

const columns = 'timestamp, step, value, is_nan'
const byStep = 'ORDER BY step, timestamp, value, is_nan'
const byStepBackwards = 'ORDER BY step DESC, timestamp DESC, value DESC, is_nan DESC'

/** So many points are counted off in some 40 ms. */
const exactSampleSize = 20_000

interface Sample {
  readonly seriesId: number
  readonly steps: StepRange
  readonly size: number
}

function sampleSeries(database: TrackingDatabase, sample: Sample): readonly Row[] {
  const { seriesId, steps, size } = sample
  const range = [seriesId, steps.start, steps.end]
  const inRange = 'FROM metric_points WHERE series_id = ? AND step BETWEEN ? AND ?'
  const counted = database.row(`SELECT count(*) AS n FROM (SELECT 1 ${inRange} LIMIT ?)`, [
    ...range,
    exactSampleSize + 1,
  ])
  const count = numberOf(counted!, 'n')
  if (count <= size) return database.rows(`SELECT ${columns} ${inRange} ${byStep}`, range)
  const rows =
    count <= exactSampleSize ? sampleByRank(database, sample) : sampleByStep(database, sample)
  return withLast(rows, findLast(database, seriesId, steps)!, size)
}

/** The first of each of `size` equal buckets. */
function sampleByRank(database: TrackingDatabase, { seriesId, steps, size }: Sample): Row[] {
  return database.rows(
    `SELECT ${columns} FROM (
       SELECT ${columns}, bucket, lag(bucket, 1, 0) OVER (${byStep}) AS bucket_before FROM (
         SELECT ${columns}, ntile(?) OVER (${byStep}) AS bucket
         FROM metric_points WHERE series_id = ? AND step BETWEEN ? AND ?))
     WHERE bucket <> bucket_before ${byStep}`,
    [size, seriesId, steps.start, steps.end],
  )
}

/**
 * The first point at or after each of `size` steps that are equally far from each other: a seek
 * for each. Where the points lie in few of these stretches, each stretch is sampled in turn.
 */
function sampleByStep(database: TrackingDatabase, sample: Sample): readonly Row[] {
  const { seriesId, steps, size } = sample
  const last = findLast(database, seriesId, steps)
  const first = findFirst(database, sample, { step: steps.start, timestamp: 0 })
  if (first === undefined || last === undefined) return []
  const start = numberOf(first, 'step')
  const end = numberOf(last, 'step')
  if (start === end) return sampleByTime(database, sample, { first, last })
  const rows = takeEvenly({ first, start, end, size, of: 'step' }, (step) =>
    findFirst(database, sample, { step, timestamp: 0 }),
  )
  const share = Math.floor(size / rows.length)
  if (share < 2) return rows
  return rows.flatMap((row, i) => {
    const next = rows[i + 1]
    const stretch = {
      start: numberOf(row, 'step'),
      end: next === undefined ? end : numberOf(next, 'step') - 1,
    }
    return sampleByStep(database, { seriesId, steps: stretch, size: share })
  })
}

/** Points that share one step, evenly by time. */
function sampleByTime(
  database: TrackingDatabase,
  sample: Sample,
  { first, last }: { readonly first: Row; readonly last: Row },
): readonly Row[] {
  const [start, end] = [numberOf(first, 'timestamp'), numberOf(last, 'timestamp')]
  if (start === end) return [first]
  const step = numberOf(first, 'step')
  return takeEvenly({ first, start, end, size: sample.size, of: 'timestamp' }, (timestamp) =>
    findFirst(database, sample, { step, timestamp }),
  )
}

/** `first`, and what `seek` finds at the start of each further one of `size` stretches, once each. */
function takeEvenly(
  range: {
    readonly first: Row
    readonly start: number
    readonly end: number
    readonly size: number
    readonly of: 'step' | 'timestamp'
  },
  seek: (position: number) => Row | undefined,
): Row[] {
  const { start, end, size } = range
  const stride = (end - start + 1) / size
  const rows: Row[] = []
  let row: Row | undefined = range.first
  while (row !== undefined && rows.length < size) {
    rows.push(row)
    // On from what was found, so that an empty stretch costs nothing.
    const position = numberOf(row, range.of)
    const stretch = Math.floor((position - start) / stride) + 1
    const next = Math.max(start + Math.ceil(stretch * stride), position + 1)
    row = next <= end ? seek(next) : undefined
  }
  return rows
}

/** The first point in the range at or after a step and, within that step, a time. */
function findFirst(
  database: TrackingDatabase,
  { seriesId, steps }: Pick<Sample, 'seriesId' | 'steps'>,
  from: { readonly step: number; readonly timestamp: number },
): Row | undefined {
  return database.row(
    `SELECT ${columns} FROM metric_points WHERE series_id = ? AND step <= ?
     AND (step, timestamp) >= (?, ?) ${byStep} LIMIT 1`,
    [seriesId, steps.end, from.step, from.timestamp],
  )
}

function findLast(database: TrackingDatabase, seriesId: number, steps: StepRange): Row | undefined {
  return database.row(
    `SELECT ${columns} FROM metric_points WHERE series_id = ? AND step BETWEEN ? AND ?
     ${byStepBackwards} LIMIT 1`,
    [seriesId, steps.start, steps.end],
  )
}

/** The last point stands at the end, in the place of another one when there is no room. */
function withLast(rows: readonly Row[], last: Row, size: number): readonly Row[] {
  const isThere = columns.split(', ').every((column) => rows.at(-1)?.[column] === last[column])
  return isThere ? rows : [...rows.slice(0, size - 1), last]
}

function findSeries(database: TrackingDatabase, runId: string, key: string): number | undefined {
  const row = database.row('SELECT series_id FROM metric_series WHERE run_id = ? AND key = ?', [
    runId,
    key,
  ])
  return row === undefined ? undefined : numberOf(row, 'series_id')
}

/** The last point of a page; its value as text, because JSON has no infinity. */
function formatToken(row: Row): string {
  const { timestamp, step, value, is_nan: isNan } = row
  return Buffer.from(JSON.stringify({ after: [timestamp, step, String(value), isNan] })).toString(
    'base64',
  )
}

function parseToken(token: string | undefined): readonly SqlValue[] | undefined {
  if (token === undefined || token === '') return undefined
  const text = Buffer.from(token, 'base64').toString('latin1')
  const match = /^\{"after":\[(\d{1,16}),(-?\d{1,16}),"(-?[\w.+-]{1,30})",([01])\]\}$/.exec(text)
  const values = match?.slice(1).map(Number)
  if (values === undefined || values.some(Number.isNaN)) {
    throw new ToolkitError('TRACKING_INVALID', 'Invalid page token, could not base64-decode')
  }
  return values
}
