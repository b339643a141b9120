/** Labels that have come since the last look, and the windows that they are of. */

import { quoteName, quoteText } from '../../data/duckdb-store.ts'
import { filesBetween, selectFiles, type LogFile, type LogVersion } from './log-catalogue.ts'
import { ofVersion } from './log-view-store.ts'
import type { LogView } from './open-log-store.ts'
import type { WindowBounds } from './plan-windows.ts'

/** How many bytes of which file of labels were looked at. */
export type LabelMarks = ReadonlyMap<string, number>

const table = 'new_labels'

/** Loads the ids of labels in files that were not looked at, or have grown. @returns whether there are any */
export async function loadLabelNews(
  { database, feedback }: LogView,
  marks: LabelMarks,
): Promise<boolean> {
  const fresh = feedback.filter(({ name, bytes }) => marks.get(name) !== bytes)
  if (fresh.length === 0) return false
  await database.run(
    `CREATE OR REPLACE TEMP TABLE ${table} AS SELECT DISTINCT id FROM (${selectFiles('feedback', fresh)}) WHERE label IS NOT NULL`,
  )
  return true
}

type NamedBounds = Pick<WindowBounds, 'first' | 'last'> & { readonly key: string }

/** The keys of those windows of a version that have a row whose label is among the loaded ones. */
export async function findWindowsWithNews(
  log: LogView,
  version: LogVersion,
  windows: readonly NamedBounds[],
): Promise<ReadonlySet<string>> {
  if (windows.length === 0) return new Set()
  const from = Math.min(...windows.map(({ first }) => first.time))
  const to = Math.max(...windows.map(({ last }) => last.time))
  const files = await keepWithNews(log, filesBetween(log.predictions, version, { from, to }))
  if (files.length === 0) return new Set()
  const bounds = windows.map(
    ({ key, first, last }) =>
      `(${quoteText(key)}, ${first.time}, ${quoteText(first.id)}, ${last.time}, ${quoteText(last.id)})`,
  )
  const rows = await log.database.query(
    `SELECT DISTINCT key
     FROM (VALUES ${bounds.join(', ')}) AS w(key, from_time, from_id, to_time, to_id)
     JOIN (SELECT time, id FROM (${selectFiles('predictions', files)}) WHERE ${ofVersion} AND id IN (SELECT id FROM ${table})) AS p
       ON (p.time > from_time OR (p.time = from_time AND p.id >= from_id))
      AND (p.time < to_time OR (p.time = to_time AND p.id <= to_id))`,
    [version.version, version.digest],
  )
  return new Set(rows.map(({ key }) => String(key)))
}

/** Those of some files of predictions in whose range of ids there is one of the loaded labels. */
export async function keepWithNews(
  { database }: LogView,
  files: readonly LogFile[],
): Promise<readonly LogFile[]> {
  const ranges = files.flatMap(({ parts }, file) =>
    parts.map(({ firstId, lastId }) => `(${file}, ${quoteText(firstId)}, ${quoteText(lastId)})`),
  )
  if (ranges.length === 0) return []
  const rows = await database.query(
    `SELECT DISTINCT file FROM (VALUES ${ranges.join(', ')}) AS f(file, first_id, last_id)
     JOIN ${quoteName(table)} ON id BETWEEN first_id AND last_id`,
  )
  const kept = new Set(rows.map(({ file }) => Number(file)))
  return files.filter((_, file) => kept.has(file))
}
