/** The trainings that alerts led to, in monitoring's database. */

import type { DatabaseSync } from 'node:sqlite'
import { isProcessAlive, readProcessStart } from '../../core/alive-process.ts'
import type { MonitoredTraining } from '../../core/monitored-training.ts'
import type { LastLook } from '../../core/monitored-window.ts'

/** A training as it begins. */
export type TrainingStart = Pick<MonitoredTraining, 'alerts' | 'startTime' | 'newRows'>

/** What came of it. */
export type TrainingEnd = Omit<MonitoredTraining, keyof TrainingStart | 'id' | 'attempts'> & {
  readonly newRows: number
}

export const trainingsSchema = `
  CREATE TABLE trainings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    model TEXT NOT NULL,
    state TEXT NOT NULL,
    process_id INTEGER NOT NULL,
    -- Tells the process from a later one with the same number.
    process_start TEXT NOT NULL,
    training TEXT NOT NULL
  ) STRICT;
  CREATE INDEX trainings_by_model ON trainings (model, id);
  ALTER TABLE models ADD COLUMN last_look TEXT;
`

/** Older ones are forgotten. */
const keptTrainings = 1000

/**
 * Adds a training that begins in this process and gives its number. Only one trains at a time: what still runs by its own account was killed.
 */
export function insertTraining(
  database: DatabaseSync,
  model: string,
  { alerts, startTime, newRows }: TrainingStart,
): number {
  database
    .prepare(`UPDATE trainings SET state = 'killed' WHERE model = ? AND state = 'running'`)
    .run(model)
  const training = { alerts, startTime, newRows, attempts: 1, reasons: [] }
  const { lastInsertRowid } = database
    .prepare(
      `INSERT INTO trainings (model, state, process_id, process_start, training) VALUES (?, 'running', ?, ?, ?)`,
    )
    .run(model, process.pid, readProcessStart(process.pid), JSON.stringify(training))
  const id = Number(lastInsertRowid)
  database.prepare('DELETE FROM trainings WHERE id <= ?').run(id - keptTrainings)
  return id
}

/** Says what came of a training. One that failed as the one before it did takes its place and counts. */
export function finishTraining(
  database: DatabaseSync,
  { model, id }: { readonly model: string; readonly id: number },
  end: TrainingEnd,
): MonitoredTraining {
  const [own, before] = selectTrainings(database, model, { limit: 2, upTo: id })
  if (own?.id !== id) throw new Error(`there is no training ${id} of '${model}'`)
  const isAgain =
    end.state === 'failed' &&
    before?.state === 'failed' &&
    JSON.stringify([before.alerts, before.stage, before.reasons]) ===
      JSON.stringify([own.alerts, end.stage, end.reasons])
  const attempts = isAgain ? before.attempts + 1 : 1
  if (isAgain) database.prepare('DELETE FROM trainings WHERE id = ?').run(before.id)
  const { id: _, state: __, ...kept } = { ...own, ...end, attempts }
  database
    .prepare('UPDATE trainings SET state = ?, training = ? WHERE id = ?')
    .run(end.state, JSON.stringify(kept), id)
  return { ...own, ...end, attempts }
}

/** The newest first. */
export function selectTrainings(
  database: DatabaseSync,
  model: string,
  { limit, upTo = Number.MAX_SAFE_INTEGER }: { readonly limit: number; readonly upTo?: number },
): readonly MonitoredTraining[] {
  return database
    .prepare('SELECT * FROM trainings WHERE model = ? AND id <= ? ORDER BY id DESC LIMIT ?')
    .all(model, upTo, limit)
    .map((row) => ({
      // The database is ours and STRICT, so its texts are what was put in.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      ...(JSON.parse(String(row['training'])) as Omit<MonitoredTraining, 'id' | 'state'>),
      id: Number(row['id']),
      state: readState(row),
    }))
}

/** One that nobody ended, and whose process is gone or another one by now, was killed. */
function readState(row: Readonly<Record<string, unknown>>): MonitoredTraining['state'] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  const state = String(row['state']) as MonitoredTraining['state']
  if (state !== 'running') return state
  const processId = Number(row['process_id'])
  const isRunning =
    isProcessAlive(processId) && readProcessStart(processId) === row['process_start']
  return isRunning ? 'running' : 'killed'
}

export function saveLook(database: DatabaseSync, model: string, look: LastLook): void {
  database
    .prepare('UPDATE models SET last_look = ? WHERE model = ?')
    .run(JSON.stringify(look), model)
}

export function readLook(text: unknown): LastLook | undefined {
  if (typeof text !== 'string') return undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return JSON.parse(text) as LastLook
}
