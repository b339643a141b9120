import { isOverBefore } from '../../monitoring/prediction-log/log-folder.ts'
import type { Remote } from '../../pipeline/remote/remote.ts'
import { listRemoteLog, type RemoteLogs } from './list-remote-log.ts'

/** Which days of which logs go. */
export interface DaysToPrune extends RemoteLogs {
  /** Milliseconds since 1970: days that are over before it. */
  readonly before: number
}

/**
 * Removes days of logs from a remote, predictions and labels alike.
 *
 * @returns the days of each model, as far as they had anything
 * @throws {ToolkitError} `REMOTE_DENIED`, `REMOTE_UNAVAILABLE`
 */
export async function pruneRemoteLog(
  remote: Remote,
  { model, before, signal }: DaysToPrune,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const listed = await listRemoteLog(remote, { model, signal })
  const found = listed.filter(({ date }) => isOverBefore(date, before))
  await remote.remove(
    found.map(({ key }) => key),
    { signal },
  )
  const ofModel = Map.groupBy(found, (file) => file.model)
  return new Map(
    [...ofModel].map(([name, files]) => [
      name,
      [...new Set(files.map(({ date }) => date))].toSorted(),
    ]),
  )
}
