import { filesBetween, selectFiles, type LogVersion } from './log-catalogue.ts'
import { fromStart, ofVersion, type RowStart } from './log-view-store.ts'
import type { LogView } from './open-log-store.ts'

/**
 * Rows of a version that have come to the log since the last look, and are of moments whose windows had all been judged by
 * then: they are in none.
 *
 * @param next - where windows go on
 */
export async function countLateRows(
  { database, arrived }: Pick<LogView, 'database' | 'arrived'>,
  version: LogVersion,
  next: RowStart,
): Promise<number> {
  const files = filesBetween(arrived, version, { from: -Infinity, to: next.at.time })
  if (files.length === 0) return 0
  const { sql, values } = fromStart(next)
  const [counted] = await database.query(
    `SELECT count(*) AS n FROM (${selectFiles('predictions', files)}) WHERE ${ofVersion} AND NOT ${sql}`,
    [version.version, version.digest, ...values],
  )
  return Number(counted?.['n'] ?? 0)
}
