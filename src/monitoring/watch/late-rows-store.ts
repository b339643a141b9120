import { filesBetween, selectFiles, type LogVersion } from './log-catalogue.ts'
import { ofVersion } from './log-view-store.ts'
import type { KeptWindow } from './monitoring-store.ts'
import type { LogView } from './open-log-store.ts'
import type { WindowSize } from './window-size.ts'

/**
 * Rows of a version that have come to the log since the last look, and are of moments whose windows had all been judged by
 * then: they are in none.
 */
export async function countLateRows(
  { database, arrived }: Pick<LogView, 'database' | 'arrived'>,
  version: LogVersion,
  { size, last }: { readonly size: WindowSize; readonly last: KeptWindow | undefined },
): Promise<number> {
  if (last === undefined) return 0
  const next = size.kind === 'time' ? last.window.from + size.stepMs : last.first.time
  const files = filesBetween(arrived, version, { from: -Infinity, to: next - 1 })
  if (files.length === 0) return 0
  const [counted] = await database.query(
    `SELECT count(*) AS n FROM (${selectFiles('predictions', files)}) WHERE ${ofVersion} AND time < ?`,
    [version.version, version.digest, next],
  )
  return Number(counted?.['n'] ?? 0)
}
