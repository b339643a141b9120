/** A log in a folder of a test: written, read, looked at. */

import { globSync } from 'node:fs'
import { join } from 'node:path'
import {
  openPredictionLogWriter,
  type OpenPredictionLog,
  type PredictionLogOptions,
} from '../../../src/monitoring/prediction-log/prediction-log-store.ts'
import {
  openPredictionLog,
  type ReadLogOptions,
} from '../../../src/monitoring/prediction-log/read-log-store.ts'

/** When all rows are scored. */
export const noon = Date.UTC(2026, 0, 31, 12)
export const hour = 3_600_000

export function openLog(
  root: string,
  options: Partial<PredictionLogOptions> = {},
): OpenPredictionLog {
  return openPredictionLogWriter({
    root,
    model: 'loans',
    now: () => noon,
    ...options,
  })
}

export async function write(
  root: string,
  fill: (log: OpenPredictionLog) => unknown,
  options: Partial<PredictionLogOptions> = {},
): Promise<void> {
  await using log = openLog(root, options)
  await fill(log)
}

export async function read(root: string, options: Partial<ReadLogOptions> = {}) {
  using log = await openPredictionLog(root, { model: 'loans', now: noon, ...options })
  return await log.database.query('SELECT * FROM predictions ORDER BY id')
}

export function idsOf(rows: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] {
  return rows.map(({ id }) => id)
}

export function filesOf(root: string): readonly string[] {
  return globSync('{**/*,.mlpt/**/*}', { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

export function parquetOf(root: string): readonly string[] {
  return filesOf(root).filter((path) => path.endsWith('.parquet'))
}

export function spoolsOf(root: string): readonly string[] {
  return filesOf(root).filter((path) => path.endsWith('.jsonl'))
}
