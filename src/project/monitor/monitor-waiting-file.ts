/** How many labelled rows of a log wait for a training, without reading again what was counted before. */

import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { keepWithNews, loadLabelNews } from '../../monitoring/watch/label-news-store.ts'
import { filesWithIdsOf, type LogFile } from '../../monitoring/watch/log-catalogue.ts'
import type { LogView } from '../../monitoring/watch/open-log-store.ts'
import type { WaitingRows } from '../../monitoring/watch/waiting-rows-store.ts'
import { checkLogFits, fileColumn, findRaw, selectNewRows } from './monitor-retrain-file.ts'
import type { StepContext } from '../step.ts'

/** Where the counts are between looks. */
export interface WaitingMemory {
  readonly read: () => WaitingRows | undefined
  readonly save: (counted: WaitingRows) => void
}

/**
 * How many labelled rows of the log the project's data does not have, and that fit its schema: what `countNewRows` says,
 * and more where several files have rows under one id. Opens files of predictions that are new or have got labels since
 * the last call, and the files of labels that may be of their rows.
 *
 * @throws {ToolkitError} as `countNewRows`
 */
export async function countWaitingRows(
  context: StepContext,
  log: LogView,
  memory: WaitingMemory,
): Promise<number> {
  checkLogFits(context, log)
  const basis = describeBasis(context)
  const last = memory.read()
  const { labels, files }: WaitingRows =
    last?.basis === basis ? last : { basis, labels: {}, files: {} }
  const isCounted = ({ name, bytes }: LogFile): boolean => files[name]?.bytes === bytes
  const hasNews = await loadLabelNews(log, new Map(Object.entries(labels)))
  const counted = log.predictions.filter(isCounted)
  const changed = hasNews ? await keepWithNews(log, counted) : []
  const fresh = await countFiles(context, log, [
    ...log.predictions.filter((file) => !isCounted(file)),
    ...changed,
  ])
  const now = log.predictions.map(({ name, bytes }) => ({
    name,
    bytes,
    rows: fresh.get(name) ?? files[name]?.rows ?? 0,
  }))
  memory.save({
    basis,
    labels: Object.fromEntries(log.feedback.map(({ name, bytes }) => [name, bytes])),
    files: Object.fromEntries(now.map(({ name, bytes, rows }) => [name, { bytes, rows }])),
  })
  return now.reduce((sum, { rows }) => sum + rows, 0)
}

/** Raised when a row may fit that did not before: what an older version counted would never be counted again. */
const countingRule = 2

/** Changes with the project's data, and with what decides whether a row fits them. */
function describeBasis(context: StepContext): string {
  const { schema, key, target, output } = context.project
  const { size, mtimeMs } = statSync(findRaw(context))
  const { retrainWithout } = context.parameters.monitor
  const fields = Object.entries(schema.fields)
  const parts = [countingRule, fields, key, target, output, size, mtimeMs, retrainWithout]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** Rows that wait, by the name of the file; all files in one query. */
async function countFiles(
  context: StepContext,
  log: LogView,
  wanted: readonly LogFile[],
): Promise<ReadonlyMap<string, number>> {
  if (wanted.length === 0) return new Map()
  const part = { ...log, predictions: wanted, feedback: filesWithIdsOf(log.feedback, wanted) }
  const rows = await log.database.query(
    `SELECT ${fileColumn} AS file, count(*) AS n FROM (${selectNewRows(context, part, { isByFile: true })}) GROUP BY ${fileColumn}`,
  )
  const found = new Map(rows.map(({ file, n }) => [String(file), Number(n)]))
  return new Map(wanted.map(({ name, path, table }) => [name, found.get(path ?? table ?? '') ?? 0]))
}
