import {
  isOverBefore,
  modelLogFolder,
  parseLogKey,
} from '../../monitoring/prediction-log/log-folder.ts'
import type { CallOptions, Remote } from '../../pipeline/remote/remote.ts'

/** Which days of which logs go. */
export interface DaysToPrune extends CallOptions {
  /** One log; all when left out. */
  readonly model?: string | undefined
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
  const prefix = model === undefined ? '' : `${modelLogFolder('', model)}/`
  const found = []
  for await (const { key } of remote.list(prefix, { signal })) {
    const file = parseLogKey(key)
    if (file !== undefined && isOverBefore(file.date, before)) found.push(file)
  }
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
