/** Writing metrics to the tracking database. */

import { ToolkitError } from '../../../core/errors.ts'
import type { MetricPoint } from '../../../core/tracking.ts'
import type { Row, SqlValue, TrackingDatabase } from '../database/database-store.ts'
import { numberOf } from '../database/rows.ts'

/**
 * Inside a transaction, for an active run. A point that is there already changes nothing.
 *
 * @throws {ToolkitError} `TRACKING_NOT_FOUND` when a point names a logged model that does not exist.
 */
export function writeMetrics(
  database: TrackingDatabase,
  runId: string,
  metrics: readonly MetricPoint[],
): void {
  const series = new Map<string, Series>()
  for (const point of metrics) {
    let entry = series.get(point.key)
    if (entry === undefined) {
      entry = { seriesId: provideSeries(database, runId, point.key), latest: point }
      series.set(point.key, entry)
    } else if (isLater(point, entry.latest)) entry.latest = point
    database.change(
      `INSERT INTO metric_points (series_id, timestamp, step, value, is_nan) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      [entry.seriesId, ...columnsOf(point)],
    )
  }
  for (const { latest } of series.values()) writeLatest(database, runId, latest)
  for (const point of metrics) {
    if (point.modelId !== undefined && point.modelId !== '')
      writeModelMetric(database, runId, point)
  }
}

interface Series {
  readonly seriesId: number
  /** Of the points that are being written. */
  latest: MetricPoint
}

function provideSeries(database: TrackingDatabase, runId: string, key: string): number {
  const row =
    database.row('SELECT series_id FROM metric_series WHERE run_id = ? AND key = ?', [
      runId,
      key,
    ]) ??
    database.row('INSERT INTO metric_series (run_id, key) VALUES (?, ?) RETURNING series_id', [
      runId,
      key,
    ])
  return numberOf(row!, 'series_id')
}

/** By step, then time, then value, in which NaN counts as 0: that is MLflow's order. */
function isLater(a: MetricPoint, b: MetricPoint): boolean {
  if (a.step !== b.step) return a.step > b.step
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp
  return (Number.isNaN(a.value) ? 0 : a.value) > (Number.isNaN(b.value) ? 0 : b.value)
}

function writeLatest(database: TrackingDatabase, runId: string, point: MetricPoint): void {
  database.change(
    `INSERT INTO latest_metrics (run_id, key, timestamp, step, value, is_nan) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (run_id, key) DO UPDATE SET timestamp = excluded.timestamp, step = excluded.step,
       value = excluded.value, is_nan = excluded.is_nan
     WHERE (excluded.step, excluded.timestamp, excluded.value)
       > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)`,
    [runId, point.key, ...columnsOf(point)],
  )
}

function writeModelMetric(database: TrackingDatabase, runId: string, point: MetricPoint): void {
  const modelId = point.modelId ?? ''
  const model = database.row('SELECT 1 FROM logged_models WHERE model_id = ?', [modelId])
  if (model === undefined) {
    throw new ToolkitError(
      'TRACKING_NOT_FOUND',
      `Logged model with ID '${modelId.slice(0, 100)}' not found.`,
    )
  }
  database.change(
    `INSERT INTO logged_model_metrics
       (model_id, key, timestamp, step, value, is_nan, run_id, dataset_name, dataset_digest)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [
      modelId,
      point.key,
      ...columnsOf(point),
      runId,
      point.datasetName ?? '',
      point.datasetDigest ?? '',
    ],
  )
}

/** timestamp, step, value, is_nan: SQLite has no NaN. */
function columnsOf({ timestamp, step, value }: MetricPoint): readonly SqlValue[] {
  return Number.isNaN(value) ? [timestamp, step, 0, 1] : [timestamp, step, value, 0]
}

/** A row with these columns as the point it was written from. */
export function toMetricPoint(key: string, row: Row): MetricPoint {
  return {
    key,
    value: row['is_nan'] === 1 ? NaN : numberOf(row, 'value'),
    timestamp: numberOf(row, 'timestamp'),
    step: numberOf(row, 'step'),
  }
}
