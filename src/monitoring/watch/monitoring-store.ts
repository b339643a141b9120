/** What monitoring keeps: a small SQLite database, whole at every moment. */

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { asWriteError, makeFolder } from '../../core/atomic-file.ts'
import { asDatabaseWriteError } from '../../core/database-errors.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { MonitoredTraining } from '../../core/monitored-training.ts'
import type {
  LastLook,
  MonitoredAlert,
  MonitoredModel,
  MonitoredWindow,
  MonitoringReader,
  WindowPage,
} from '../../core/monitored-window.ts'
import { inTransaction, readPragma } from '../../core/transaction-store.ts'
import type { AlertMemory } from './alert-notices.ts'
import {
  filesSchema,
  saveKnownFiles,
  saveMarks,
  selectKnownFiles,
  selectLabelMarks,
} from './known-files-store.ts'
import type { LabelMarks } from './label-news-store.ts'
import type { KnownFile } from './log-catalogue.ts'
import type { FileCatalogue } from './open-log-store.ts'
import type { LogPosition } from './plan-windows.ts'
import {
  finishTraining,
  insertTraining,
  readLook,
  saveLook,
  selectTrainings,
  trainingsSchema,
  type TrainingEnd,
  type TrainingStart,
} from './trainings-store.ts'
import {
  selectWaiting,
  upsertWaiting,
  waitingSchema,
  type WaitingRows,
} from './waiting-rows-store.ts'

/** A window as it is kept. */
export interface KeptWindow {
  readonly digest: string
  readonly window: MonitoredWindow
  readonly first: LogPosition
  readonly last: LogPosition
  /** Changes when a label comes or changes. */
  readonly labels: string
}

/** The monitoring of a project. Every call is written when it returns. */
export interface MonitoringStore extends Disposable, FileCatalogue {
  /** The newest windows of a version and size, oldest first. */
  listWindows(of: WindowsOf): readonly KeptWindow[]
  /** Adds a window, or takes the place of the one with its key. */
  saveWindow(kept: KeptWindow): void
  readMemory(model: string, rule: string): AlertMemory
  saveMemory(model: string, rule: string, memory: AlertMemory): void
  saveAlerts(model: string, alerts: readonly MonitoredAlert[]): void
  /** How far the labels of a log were looked at for the windows of a size. */
  readLabelMarks(of: LabelsOf): LabelMarks
  saveLabelMarks(of: LabelsOf, files: readonly Pick<KnownFile, 'name' | 'bytes'>[]): void
  /** How many labelled rows of a log wait for a training. */
  readWaiting(model: string): WaitingRows | undefined
  saveWaiting(model: string, counted: WaitingRows): void
  /** Adds a training that begins now, in this process, and gives its number. */
  beginTraining(model: string, start: TrainingStart): number
  endTraining(
    of: { readonly model: string; readonly id: number },
    end: TrainingEnd,
  ): MonitoredTraining
  /** The newest first. */
  listTrainings(model: string, limit: number): readonly MonitoredTraining[]
  saveLook(model: string, look: LastLook): void
  /** When a model was looked at for the first time; that is `now` when it never was. */
  readBeginning(model: string, now: number): number
}

export interface LabelsOf {
  readonly model: string
  readonly size: string
}

export interface WindowsOf {
  readonly model: string
  readonly version: string
  /** Of the model; a registry that was made anew counts from 1 again. Empty where the log does not say. */
  readonly digest: string
  readonly size: string
  readonly limit: number
}

/** Where it lies below the project's `.mlpt`. */
export function monitoringPath(storeFolder: string): string {
  return join(storeFolder, 'monitoring', 'monitoring.sqlite')
}

/** 'mlpM' in ASCII, in the header of the file. */
const applicationId = 0x6d6c704d

const busyTimeoutMs = 5000

const schema = `
  CREATE TABLE windows (
    model TEXT NOT NULL,
    key TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    size TEXT NOT NULL,
    from_time INTEGER NOT NULL,
    from_id TEXT NOT NULL,
    to_time INTEGER NOT NULL,
    to_id TEXT NOT NULL,
    labels TEXT NOT NULL,
    window TEXT NOT NULL,
    PRIMARY KEY (model, key)
  ) STRICT;
  CREATE INDEX windows_by_time ON windows (model, from_time);
  CREATE TABLE alerts (
    model TEXT NOT NULL,
    rule TEXT NOT NULL,
    memory TEXT NOT NULL,
    PRIMARY KEY (model, rule)
  ) STRICT;
  CREATE TABLE models (model TEXT PRIMARY KEY, began INTEGER NOT NULL, alerts TEXT NOT NULL) STRICT;
`

/** What each version of the store has besides those before it. */
const schemaSteps = [schema, filesSchema, waitingSchema, trainingsSchema] as const
const storeVersion = schemaSteps.length

/**
 * Opens what is kept, or begins it.
 *
 * @param storeFolder - the project's `.mlpt`
 * @throws {ToolkitError} `FILE_READ_FAILED` when the file is something else or damaged, `FILE_WRITE_FAILED`
 */
export function openMonitoringStore(storeFolder: string): MonitoringStore {
  const path = monitoringPath(storeFolder)
  const database = guarded(path, () => {
    makeFolder(dirname(path))
    return connect(path, false)
  })
  return createStore(database, path)
}

/** Reads the store anew for each question; what does not exist is empty. */
export function createMonitoringReader(storeFolder: string): MonitoringReader {
  const path = monitoringPath(storeFolder)
  const read = <T>(query: (database: DatabaseSync) => T): T | undefined => {
    if (!existsSync(path)) return undefined
    return guarded(path, () => {
      using database = connect(path, true)
      return query(database)
    })
  }
  return {
    listModels: async () => read(selectModels) ?? [],
    readModel: async (model, page) => read((database) => selectModel(database, model, page)),
  }
}

function connect(path: string, readOnly: boolean): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, readOnly })
  try {
    if (!readOnly) database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    checkOwner(database, path, readOnly)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function checkOwner(database: DatabaseSync, path: string, readOnly: boolean): void {
  if (readPragma(database, 'application_id') === applicationId) {
    const version = readPragma(database, 'user_version')
    const isEarlier = version >= 1 && version < storeVersion
    if (version === storeVersion || (isEarlier && readOnly)) return
    if (!isEarlier) throw invalidError(path, 'was written by another version')
  }
  if (readOnly) throw invalidError(path, 'is a database of another program')
  inTransaction(database, 'BEGIN IMMEDIATE', () => {
    // Another process may have made the tables in between.
    const isOurs = readPragma(database, 'application_id') === applicationId
    const version = isOurs ? readPragma(database, 'user_version') : 0
    const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']
    if (!isOurs && tables !== 0) throw invalidError(path, 'is a database of another program')
    database.exec(schemaSteps.slice(version).join(' '))
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${storeVersion}`)
  })
}

function createStore(database: DatabaseSync, path: string): MonitoringStore {
  const guard = <T>(work: () => T): T => guarded(path, work)
  return {
    listWindows: (of) => guard(() => selectWindows(database, of)),
    saveWindow: (kept) => guard(() => upsertWindow(database, kept)),
    readMemory: (model, rule) =>
      guard(() => {
        const row = database
          .prepare('SELECT memory FROM alerts WHERE model = ? AND rule = ?')
          .get(model, rule)
        return row === undefined ? {} : readMemory(row['memory'])
      }),
    saveMemory: (model, rule, memory) =>
      guard(() => {
        database
          .prepare(
            'INSERT INTO alerts VALUES (?, ?, ?) ON CONFLICT (model, rule) DO UPDATE SET memory = excluded.memory',
          )
          .run(model, rule, JSON.stringify(memory))
      }),
    saveAlerts: (model, alerts) =>
      guard(() => {
        database
          .prepare('UPDATE models SET alerts = ? WHERE model = ?')
          .run(JSON.stringify(alerts), model)
      }),
    readFiles: (model) => guard(() => selectKnownFiles(database, model)),
    saveFiles: (model, files) => guard(() => saveKnownFiles(database, model, files)),
    readLabelMarks: (of) => guard(() => selectLabelMarks(database, of)),
    saveLabelMarks: (of, files) => guard(() => saveMarks(database, of, files)),
    readWaiting: (model) => guard(() => selectWaiting(database, model)),
    saveWaiting: (model, counted) => guard(() => upsertWaiting(database, model, counted)),
    beginTraining: (model, start) => guard(() => insertTraining(database, model, start)),
    endTraining: (of, end) =>
      guard(() =>
        inTransaction(database, 'BEGIN IMMEDIATE', () => finishTraining(database, of, end)),
      ),
    listTrainings: (model, limit) => guard(() => selectTrainings(database, model, { limit })),
    saveLook: (model, look) => guard(() => saveLook(database, model, look)),
    readBeginning: (model, now) =>
      guard(() => {
        database
          .prepare(
            `INSERT INTO models (model, began, alerts) VALUES (?, ?, '[]') ON CONFLICT DO NOTHING`,
          )
          .run(model, now)
        return Number(
          database.prepare('SELECT began FROM models WHERE model = ?').get(model)?.['began'] ?? now,
        )
      }),
    [Symbol.dispose]: () => {
      if (database.isOpen) database.close()
    },
  }
}

function selectWindows(
  database: DatabaseSync,
  { model, version, digest, size, limit }: WindowsOf,
): readonly KeptWindow[] {
  const rows = database
    .prepare(
      `SELECT * FROM windows WHERE model = ? AND version = ? AND digest = ? AND size = ?
       ORDER BY from_time DESC, from_id DESC LIMIT ?`,
    )
    .all(model, version, digest, size, limit)
  return rows.toReversed().map((row) => ({
    digest,
    window: readWindow(row['window']),
    first: { time: Number(row['from_time']), id: String(row['from_id']) },
    last: { time: Number(row['to_time']), id: String(row['to_id']) },
    labels: String(row['labels']),
  }))
}

function upsertWindow(
  database: DatabaseSync,
  { digest, window, first, last, labels }: KeptWindow,
): void {
  const { model, key, version, size } = window
  database
    .prepare(
      `INSERT INTO windows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (model, key) DO UPDATE SET labels = excluded.labels, window = excluded.window`,
    )
    .run(
      model,
      key,
      version,
      digest,
      size,
      first.time,
      first.id,
      last.time,
      last.id,
      labels,
      JSON.stringify(window),
    )
}

function selectModels(database: DatabaseSync): readonly string[] {
  const rows = database.prepare('SELECT model FROM models ORDER BY model').all()
  return rows.map((row) => String(row['model']))
}

function selectModel(
  database: DatabaseSync,
  model: string,
  { limit, before }: WindowPage,
): MonitoredModel | undefined {
  const row = database.prepare('SELECT * FROM models WHERE model = ?').get(model)
  if (row === undefined) return undefined
  const lastLook = readLook(row['last_look'])
  // By the key last: windows of two sizes may begin with the same row.
  const isBefore = `AND (from_time, from_id, key) <
    (SELECT from_time, from_id, key FROM windows WHERE model = ? AND key = ?)`
  const windows = database
    .prepare(
      `SELECT window FROM windows WHERE model = ? ${before === undefined ? '' : isBefore}
       ORDER BY from_time DESC, from_id DESC, key DESC LIMIT ?`,
    )
    // One more than asked for tells whether there are more.
    .all(model, ...(before === undefined ? [] : [model, before]), limit + 1)
  return {
    model,
    windows: windows
      .slice(0, limit)
      .toReversed()
      .map((one) => readWindow(one['window'])),
    hasOlder: windows.length > limit,
    alerts: readAlerts(row['alerts']),
    // A store that nobody has opened to write since has no trainings yet.
    trainings: hasTable(database, 'trainings')
      ? selectTrainings(database, model, { limit: shownTrainings })
      : [],
    ...(lastLook !== undefined && { lastLook }),
  }
}

/** So many are told with a model. */
const shownTrainings = 20

function hasTable(database: DatabaseSync, name: string): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined
}

// The database is ours and STRICT, so its texts are what was put in.
/* oxlint-disable typescript/no-unsafe-type-assertion */

function readWindow(text: unknown): MonitoredWindow {
  return JSON.parse(String(text)) as MonitoredWindow
}

function readMemory(text: unknown): AlertMemory {
  return JSON.parse(String(text)) as AlertMemory
}

function readAlerts(text: unknown): readonly MonitoredAlert[] {
  return JSON.parse(String(text)) as readonly MonitoredAlert[]
}

/* oxlint-enable typescript/no-unsafe-type-assertion */

function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof ToolkitError || !(error instanceof Error)) throw error
    if (!('errcode' in error)) throw asWriteError(path, error)
    throw (
      asDatabaseWriteError(path, error) ??
      invalidError(path, `cannot be used: ${error.message}`, error)
    )
  }
}

function invalidError(path: string, what: string, cause?: unknown): ToolkitError {
  return new ToolkitError('FILE_READ_FAILED', `what monitoring keeps, '${path}', ${what}`, {
    hint: 'move it away: the next mlpt monitor begins anew',
    details: { path },
    cause,
  })
}
