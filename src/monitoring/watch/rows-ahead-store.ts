/** Rows of a log whose moment is yet to come: the clock of a server was ahead when it wrote them. */

import { type Database, quoteName } from '../../data/duckdb-store.ts'
import { describeTable } from './describe-files-store.ts'
import { selectFiles, type LogFile } from './log-catalogue.ts'

/** How many there are, and the moment of the last one in milliseconds since 1970. */
export interface RowsAhead {
  readonly rows: number
  readonly last: number
}

/** Clocks of several machines differ, and rows come while somebody looks. */
const slackMs = 60_000

/**
 * The files without such rows, which count when their moment has come. As the newest of the log they would keep it from
 * ever being silent, and rows of earlier moments from every window.
 */
export async function withoutRowsAhead(
  database: Database,
  files: readonly LogFile[],
  now: number,
): Promise<{ readonly files: readonly LogFile[]; readonly ahead: RowsAhead | undefined }> {
  const until = now + slackMs
  const kept: LogFile[] = []
  const ahead = { rows: 0, last: -Infinity }
  for (const file of files) {
    const last = Math.max(...file.parts.map((part) => part.last))
    const fit = last > until ? await takeUntil(database, { file, until }) : file
    if (fit.parts.length > 0) kept.push(fit)
    if (fit === file) continue
    ahead.rows += countRows(file) - countRows(fit)
    ahead.last = Math.max(ahead.last, last)
  }
  return { files: kept, ahead: ahead.rows === 0 ? undefined : ahead }
}

async function takeUntil(
  database: Database,
  { file, until }: { readonly file: LogFile; readonly until: number },
): Promise<LogFile> {
  const { name, bytes, columns, parts } = file
  if (parts.every(({ first }) => first > until)) return { name, bytes, columns, parts: [] }
  const table = `until now: ${name}`
  const rows = selectFiles('predictions', [file])
  await database.run(
    `CREATE TEMP TABLE ${quoteName(table)} AS SELECT * FROM (${rows}) WHERE time <= ?`,
    [until],
  )
  const known = await describeTable(database, table, 'predictions')
  return { name, bytes, columns, parts: known, table }
}

function countRows({ parts }: LogFile): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0)
}
