/** Runs in the tracking database: writing them, and reading one. */

import { ToolkitError } from '../../core/errors.ts'
import type { MetricPoint, NewRun, Run, RunStatus } from '../../core/tracking.ts'
import type { Row, SqlValue, TrackingDatabase } from './database-store.ts'
import { provideExperiment } from './experiments-store.ts'
import { checkMetrics, checkNewRun, checkParams, checkTags, checkTime } from './names.ts'
import { cutPage, type Page, type PageRequest } from './page.ts'
import { groupPairs, numberOf, textOf } from './rows.ts'

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function startRun(database: TrackingDatabase, runId: string, run: NewRun): void {
  checkNewRun(run)
  database.write(() => {
    const { experimentId, artifactLocation } = provideExperiment(
      database,
      run.experimentName,
      run.startTime,
    )
    database.change(
      `INSERT INTO runs (run_id, run_name, experiment_id, user_id, status, start_time, artifact_uri)
       VALUES (?, ?, ?, ?, 'RUNNING', ?, ?)`,
      [
        runId,
        run.runName,
        experimentId,
        run.tags['mlflow.user'] ?? '',
        run.startTime,
        `${artifactLocation}/${runId}/artifacts`,
      ],
    )
    database.change(
      'UPDATE experiments SET last_update_time = max(last_update_time, ?) WHERE experiment_id = ?',
      [run.startTime, experimentId],
    )
    writeTags(database, runId, { ...run.tags, 'mlflow.runName': run.runName })
  })
}

/** Write-once, all or none. @throws {ToolkitError} `TRACKING_INVALID`, naming every changed param. */
export function logParams(
  database: TrackingDatabase,
  runId: string,
  params: Readonly<Record<string, string>>,
): void {
  checkParams(params)
  database.write(() => {
    checkActive(database, runId)
    const problems: string[] = []
    for (const [key, value] of Object.entries(params)) {
      const known = database.row('SELECT value FROM params WHERE run_id = ? AND key = ?', [
        runId,
        key,
      ])
      if (known === undefined) {
        database.change('INSERT INTO params (run_id, key, value) VALUES (?, ?, ?)', [
          runId,
          key,
          value,
        ])
      } else if (known['value'] !== value) {
        problems.push(`param '${key}' is '${String(known['value'])}', not '${value}'`)
      }
    }
    if (problems.length === 0) return
    throw new ToolkitError(
      'TRACKING_INVALID',
      `Changing param values is not allowed. ${problems.join('; ')} (run ${runId})`,
      { hint: 'log the new values to a new run', details: { runId, problems } },
    )
  })
}

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function logMetrics(
  database: TrackingDatabase,
  runId: string,
  metrics: readonly MetricPoint[],
): void {
  checkMetrics(metrics)
  database.write(() => {
    checkActive(database, runId)
    for (const { key, value, timestamp, step } of metrics) {
      const isNan = Number.isNaN(value)
      const row: SqlValue[] = [runId, key, timestamp, step, isNan ? 0 : value, isNan ? 1 : 0]
      database.change(
        `INSERT INTO metrics (run_id, key, timestamp, step, value, is_nan) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
        row,
      )
      database.change(
        `INSERT INTO latest_metrics (run_id, key, timestamp, step, value, is_nan) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (run_id, key) DO UPDATE SET timestamp = excluded.timestamp, step = excluded.step,
           value = excluded.value, is_nan = excluded.is_nan
         WHERE (excluded.step, excluded.timestamp, excluded.value)
           > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)`,
        row,
      )
    }
  })
}

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function setTags(
  database: TrackingDatabase,
  runId: string,
  tags: Readonly<Record<string, string>>,
): void {
  checkTags(tags)
  database.write(() => {
    checkActive(database, runId)
    writeTags(database, runId, tags)
    const runName = tags['mlflow.runName']
    if (runName === undefined) return
    database.change('UPDATE runs SET run_name = ? WHERE run_id = ?', [runName, runId])
  })
}

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function endRun(
  database: TrackingDatabase,
  runId: string,
  end: { readonly status: RunStatus; readonly endTime: number },
): void {
  checkTime('the end time', end.endTime)
  database.write(() => {
    checkActive(database, runId)
    database.change('UPDATE runs SET status = ?, end_time = ? WHERE run_id = ?', [
      end.status,
      end.endTime,
      runId,
    ])
  })
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function getRun(database: TrackingDatabase, runId: string): Run {
  const rows = database.rows('SELECT * FROM runs WHERE run_id = ?', [runId])
  return completeRuns(database, rows)[0] ?? missingRun(runId)
}

/** One metric's points by time, step and value; none when run or key is unknown. */
export function readMetricHistory(
  database: TrackingDatabase,
  search: { readonly runId: string; readonly key: string } & PageRequest,
): Page<MetricPoint> {
  const rows = database.rows(
    `SELECT * FROM metrics WHERE run_id = ? AND key = ?
     ORDER BY timestamp, step, value, is_nan LIMIT ? OFFSET ?`,
    [search.runId, search.key, search.maxResults + 1, search.offset],
  )
  return cutPage(rows.map(toMetricPoint), search)
}

/** Adds params, latest metrics and tags to rows of `runs`; three queries, however many rows. */
export function completeRuns(database: TrackingDatabase, rows: readonly Row[]): Run[] {
  const ids = JSON.stringify(rows.map((row) => textOf(row, 'run_id')))
  const sidesOf = (table: string): Row[] =>
    database.rows(
      `SELECT * FROM ${table} WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY run_id, key`,
      [ids],
    )
  const params = groupPairs(sidesOf('params'), runOf)
  const tags = groupPairs(sidesOf('tags'), runOf)
  const metrics = Map.groupBy(sidesOf('latest_metrics'), runOf)
  return rows.map((row) => {
    const runId = textOf(row, 'run_id')
    return {
      runId,
      runName: textOf(row, 'run_name'),
      experimentId: String(numberOf(row, 'experiment_id')),
      status: toStatus(textOf(row, 'status')),
      startTime: numberOf(row, 'start_time'),
      endTime: row['end_time'] === null ? undefined : numberOf(row, 'end_time'),
      artifactUri: textOf(row, 'artifact_uri'),
      lifecycleStage: textOf(row, 'lifecycle_stage') === 'deleted' ? 'deleted' : 'active',
      params: params.get(runId) ?? {},
      metrics: (metrics.get(runId) ?? []).map(toMetricPoint),
      tags: tags.get(runId) ?? {},
    }
  })
}

function runOf(row: Row): string {
  return textOf(row, 'run_id')
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND`, or `TRACKING_INVALID` when the run is deleted. */
export function checkActive(database: TrackingDatabase, runId: string): void {
  const row = database.row('SELECT lifecycle_stage FROM runs WHERE run_id = ?', [runId])
  if (row === undefined) missingRun(runId)
  if (row?.['lifecycle_stage'] === 'active') return
  throw new ToolkitError(
    'TRACKING_INVALID',
    `The run ${runId} must be in the 'active' state. Current state is deleted.`,
  )
}

function writeTags(
  database: TrackingDatabase,
  runId: string,
  tags: Readonly<Record<string, string>>,
): void {
  for (const [key, value] of Object.entries(tags)) {
    database.change(
      `INSERT INTO tags (run_id, key, value) VALUES (?, ?, ?)
       ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value`,
      [runId, key, value],
    )
  }
}

function toMetricPoint(row: Row): MetricPoint {
  return {
    key: textOf(row, 'key'),
    value: row['is_nan'] === 1 ? NaN : numberOf(row, 'value'),
    timestamp: numberOf(row, 'timestamp'),
    step: numberOf(row, 'step'),
  }
}

const statuses: readonly RunStatus[] = ['RUNNING', 'FINISHED', 'FAILED', 'KILLED']

function toStatus(text: string): RunStatus {
  const status = statuses.find((known) => known === text)
  if (status === undefined) throw new TypeError(`a run has the status ${text}`)
  return status
}

function missingRun(runId: string): never {
  throw new ToolkitError('TRACKING_NOT_FOUND', `Run with id=${runId.slice(0, 100)} not found`)
}
