/** The history of runs: a small SQLite database that any number of runs write to at once. */

import { inTransaction, readPragma, migrateTables } from '../../core/transaction-store.ts'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { isProcessAlive, readProcessStart } from '../../core/alive-process.ts'
import { asWriteError } from '../../core/atomic-file.ts'
import { asDatabaseWriteError, databaseCode } from '../../core/database-errors.ts'
import { ToolkitError } from '../../core/errors.ts'
import type {
  PipelineHistoryReader,
  PipelineRun,
  PipelineRunDetails,
  PipelineRunOutcome,
  PipelineStageOutcome,
  PipelineStageRun,
  RunTrigger,
} from '../../core/pipeline-history.ts'
import { applicationId, migrations } from './history-schema.ts'

/** What is known of a run when it begins. */
export interface RunStart {
  readonly trigger: RunTrigger
  /** Milliseconds since 1970. */
  readonly startTime: number
  readonly targets: readonly string[]
  /** From the repository's root, with forward slashes. */
  readonly folder: string
  readonly gitCommit: string | undefined
  readonly processId: number
}

/** What is known of a run when it ends. */
export interface RunEnd {
  readonly outcome: Exclude<PipelineRunOutcome, 'running' | 'killed'>
  readonly endTime: number
  readonly message: string | undefined
  /** How many stages had nothing to do. */
  readonly unchanged: number
}

/** The history of one repository. Every call is written when it returns. */
export interface History extends Disposable {
  /** Returns the run's number. */
  beginRun(start: RunStart): number
  /** Adds stages of a run, or replaces what is known of them. */
  saveStages(runId: number, stages: readonly PipelineStageRun[]): void
  endRun(runId: number, end: RunEnd): void
  /** The newest first. */
  listRuns(selection: {
    readonly limit: number
    readonly before?: number | undefined
  }): PipelineRun[]
  readRun(id: number): PipelineRunDetails | undefined
}

/** Older runs are forgotten. */
const keptRuns = 1000
const busyTimeoutMs = 5000

/** Where the history lies below the state folder. */
export function historyPath(stateFolder: string): string {
  return join(stateFolder, 'history.sqlite')
}

/**
 * Opens the history, or begins one.
 *
 * @param stateFolder - absolute; `.dvc/tmp/mlpt` of the repository
 * @throws {ToolkitError} `FILE_READ_FAILED` when the file is something else, damaged, or newer
 * than this version; `FILE_WRITE_FAILED`
 */
export function openHistory(stateFolder: string): History {
  const path = historyPath(stateFolder)
  const database = guarded(path, () => {
    mkdirSync(stateFolder, { recursive: true })
    return connect(path)
  })
  return createHistory(database, path)
}

/**
 * Opens the history to look at it; `undefined` when nothing has run yet. Writes nothing.
 *
 * @throws {ToolkitError} `FILE_READ_FAILED`
 */
export function openHistoryIfPresent(stateFolder: string): History | undefined {
  const path = historyPath(stateFolder)
  if (!existsSync(path)) return undefined
  return createHistory(
    guarded(path, () => connectToRead(path)),
    path,
  )
}

/** Reads the history anew for each question, so that it sees what runs write meanwhile. */
export function createHistoryReader(stateFolder: string): PipelineHistoryReader {
  const read = async <T>(query: (history: History) => T): Promise<T | undefined> => {
    using history = openHistoryIfPresent(stateFolder)
    return history && query(history)
  }
  return {
    listRuns: async (selection) => (await read((history) => history.listRuns(selection))) ?? [],
    readRun: async (id) => read((history) => history.readRun(id)),
  }
}

/** SQLite wants to write beside what it reads. In a folder in which nobody may, nobody else writes either. */
function connectToRead(path: string): DatabaseSync {
  try {
    return checked(new DatabaseSync(path, { timeout: busyTimeoutMs, readOnly: true }), path)
  } catch (error) {
    if (!unwritableCodes.has(databaseCode(error) ?? -1)) throw error
    const frozen = pathToFileURL(path)
    frozen.searchParams.set('immutable', '1')
    return checked(new DatabaseSync(frozen, { readOnly: true }), path)
  }
}

/** SQLITE_READONLY and SQLITE_CANTOPEN. */
const unwritableCodes: ReadonlySet<number> = new Set([8, 14])

function checked(database: DatabaseSync, path: string): DatabaseSync {
  try {
    checkOwner(database, path)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function connect(path: string): DatabaseSync {
  const database = checked(new DatabaseSync(path, { timeout: busyTimeoutMs }), path)
  try {
    // NORMAL: a power cut may cost the last lines of a history, which nothing else relies on.
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON',
    )
    migrateTables(database, { steps: migrations, applicationId })
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function checkOwner(database: DatabaseSync, path: string): void {
  // In one view: another process may be making the tables just now.
  database.exec('BEGIN')
  const owner = readPragma(database, 'application_id')
  const version = readPragma(database, 'user_version')
  const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']
  database.exec('COMMIT')
  if (owner !== applicationId && (tables !== 0 || owner !== 0)) {
    throw invalidError(path, 'is a database of another program')
  }
  if (version > migrations.length) throw invalidError(path, 'was written by a newer version')
}

function createHistory(database: DatabaseSync, path: string): History {
  const isEmpty = guarded(path, () => readPragma(database, 'user_version') === 0)
  let upsert: StatementSync | undefined
  return {
    beginRun: (start) => guarded(path, () => insertRun(database, start)),
    saveStages: (runId, stages) =>
      guarded(path, () =>
        inTransaction(database, 'BEGIN IMMEDIATE', () => {
          const statement = (upsert ??= prepareUpsert(database))
          for (const stage of stages) upsertStage(statement, runId, stage)
        }),
      ),
    endRun: (runId, end) => guarded(path, () => updateRun(database, runId, end)),
    listRuns: (selection) => (isEmpty ? [] : guarded(path, () => selectRuns(database, selection))),
    readRun: (id) => (isEmpty ? undefined : guarded(path, () => selectRun(database, id))),
    [Symbol.dispose]: () => {
      if (database.isOpen) database.close()
    },
  }
}

function insertRun(database: DatabaseSync, start: RunStart): number {
  const { trigger, startTime, targets, folder, gitCommit, processId } = start
  const { lastInsertRowid } = database
    .prepare(
      `INSERT INTO runs (trigger, outcome, start_time, targets, folder, git_commit, process_id, process_start)
       VALUES (?, 'running', ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      trigger,
      startTime,
      JSON.stringify(targets),
      folder,
      gitCommit ?? null,
      processId,
      readProcessStart(processId),
    )
  const id = Number(lastInsertRowid)
  database.prepare('DELETE FROM runs WHERE id <= ?').run(id - keptRuns)
  return id
}

function prepareUpsert(database: DatabaseSync): StatementSync {
  return database.prepare(
    `INSERT INTO stages (run_id, stage, outcome, start_time, end_time, reasons, attempts, exit_code, message, log_path)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (run_id, stage) DO UPDATE SET
       outcome = excluded.outcome, start_time = excluded.start_time, end_time = excluded.end_time,
       reasons = excluded.reasons, attempts = excluded.attempts, exit_code = excluded.exit_code,
       message = excluded.message, log_path = excluded.log_path`,
  )
}

function upsertStage(statement: StatementSync, runId: number, run: PipelineStageRun): void {
  statement.run(
    runId,
    run.stage,
    run.outcome,
    run.startTime,
    run.endTime ?? null,
    JSON.stringify(run.reasons),
    run.attempts,
    run.exitCode ?? null,
    run.message ?? null,
    run.logPath ?? null,
  )
}

function updateRun(database: DatabaseSync, runId: number, end: RunEnd): void {
  database
    .prepare('UPDATE runs SET outcome = ?, end_time = ?, message = ?, unchanged = ? WHERE id = ?')
    .run(end.outcome, end.endTime, end.message ?? null, end.unchanged, runId)
}

type Row = Readonly<Record<string, SQLOutputValue>>

function selectRuns(
  database: DatabaseSync,
  { limit, before = Number.MAX_SAFE_INTEGER }: { limit: number; before?: number | undefined },
): PipelineRun[] {
  const rows = database
    .prepare('SELECT * FROM runs WHERE id < ? ORDER BY id DESC LIMIT ?')
    .all(before, limit)
  return rows.map((row) => readRunRow(row, database))
}

function selectRun(database: DatabaseSync, id: number): PipelineRunDetails | undefined {
  const row = database.prepare('SELECT * FROM runs WHERE id = ?').get(id)
  if (row === undefined) return undefined
  const run = readRunRow(row, database)
  const stages = database.prepare('SELECT * FROM stages WHERE run_id = ? ORDER BY sequence').all(id)
  return { ...run, stages: stages.map((stage) => readStageRow(stage, run.outcome)) }
}

// The database is ours and STRICT, so its texts are what was put in.
/* oxlint-disable typescript/no-unsafe-type-assertion */

function readRunRow(row: Row, database: DatabaseSync): PipelineRun {
  const id = Number(row['id'])
  const outcome = readOutcome(row)
  return {
    id,
    trigger: String(row['trigger']) as RunTrigger,
    outcome,
    startTime: Number(row['start_time']),
    endTime: optionalNumber(row['end_time']),
    targets: readTexts(row['targets']),
    folder: String(row['folder']),
    gitCommit: optionalText(row['git_commit']),
    message: optionalText(row['message']),
    counts: readCounts(row, outcome, database),
  }
}

/** A run that nobody ended, and whose process is gone or another one by now, was killed. */
function readOutcome(row: Row): PipelineRunOutcome {
  if (row['outcome'] !== 'running') return String(row['outcome']) as PipelineRunOutcome
  const processId = Number(row['process_id'])
  const isRunning =
    isProcessAlive(processId) && readProcessStart(processId) === row['process_start']
  return isRunning ? 'running' : 'killed'
}

function readCounts(
  row: Row,
  outcome: PipelineRunOutcome,
  database: DatabaseSync,
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  const groups = database
    .prepare('SELECT outcome, count(*) AS n FROM stages WHERE run_id = ? GROUP BY outcome')
    .all(Number(row['id']))
  for (const group of groups) {
    counts.set(stageOutcome(group, outcome), Number(group['n']))
  }
  if (Number(row['unchanged']) > 0) counts.set('unchanged', Number(row['unchanged']))
  return Object.fromEntries(counts)
}

function readStageRow(row: Row, run: PipelineRunOutcome): PipelineStageRun {
  return {
    stage: String(row['stage']),
    outcome: stageOutcome(row, run),
    startTime: Number(row['start_time']),
    endTime: optionalNumber(row['end_time']),
    reasons: readTexts(row['reasons']),
    attempts: Number(row['attempts']),
    exitCode: optionalNumber(row['exit_code']),
    message: optionalText(row['message']),
    logPath: optionalText(row['log_path']),
  }
}

/** Nothing runs on in a run that has ended. */
function stageOutcome(row: Row, run: PipelineRunOutcome): PipelineStageOutcome {
  const outcome = String(row['outcome']) as PipelineStageOutcome
  if (outcome !== 'running' || run === 'running') return outcome
  return run === 'killed' ? 'killed' : 'interrupted'
}

function readTexts(value: SQLOutputValue | undefined): readonly string[] {
  return JSON.parse(String(value)) as readonly string[]
}

/* oxlint-enable typescript/no-unsafe-type-assertion */

function optionalNumber(value: SQLOutputValue | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value)
}

function optionalText(value: SQLOutputValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw asHistoryError(path, error)
  }
}

function asHistoryError(path: string, error: unknown): unknown {
  if (error instanceof ToolkitError || !(error instanceof Error)) return error
  if (!('errcode' in error)) return asWriteError(path, error)
  return (
    asDatabaseWriteError(path, error) ??
    invalidError(path, `cannot be used: ${error.message}`, error)
  )
}

function invalidError(path: string, what: string, cause?: unknown): ToolkitError {
  return new ToolkitError('FILE_READ_FAILED', `the run history '${path}' ${what}`, {
    hint: 'move it away: the next run begins a new one',
    details: { path },
    cause,
  })
}
