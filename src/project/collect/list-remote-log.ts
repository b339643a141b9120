import {
  modelLogFolder,
  parseLogKey,
  type LogFileName,
} from '../../monitoring/prediction-log/log-folder.ts'
import type { CallOptions, Remote } from '../../pipeline/remote/remote.ts'

/** Which logs of a remote are meant. */
export interface RemoteLogs extends CallOptions {
  /** One of them; all when left out. */
  readonly model?: string | undefined
}

/** The files of logs that a remote has; what else lies there is passed over. */
export async function listRemoteLog(
  remote: Remote,
  { model, signal }: RemoteLogs,
): Promise<readonly LogFileName[]> {
  const prefix = model === undefined ? '' : `${modelLogFolder('', model)}/`
  const files: LogFileName[] = []
  for await (const { key } of remote.list(prefix, { signal })) {
    const file = parseLogKey(key)
    if (file !== undefined) files.push(file)
  }
  return files
}
