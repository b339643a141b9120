import { join } from 'node:path'
import { systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { listLogFiles } from '../../monitoring/prediction-log/log-files-store.ts'
import { runPool } from '../../pipeline/remote/pool.ts'
import type { CallOptions, Remote } from '../../pipeline/remote/remote.ts'

/** What of the logs goes to a remote. */
export interface LogToPush extends CallOptions {
  /** Of all logs. */
  readonly root: string
  readonly models: readonly string[]
  /** Keys that the remote has, as far as is known: filled for the next push. */
  readonly known: Set<string>
}

/** What was transferred. */
export interface MovedFiles {
  readonly files: number
  readonly sizeBytes: number
}

/**
 * Sends the Parquet files of logs that a remote does not have, under the paths they have here. Killed anywhere, the next one
 * sends the rest.
 *
 * @throws {ToolkitError} `REMOTE_DENIED`, `REMOTE_UNAVAILABLE`, `FILE_READ_FAILED`, `FILE_WRITE_FAILED`
 */
export async function pushLog(
  remote: Remote,
  { root, models, known, signal }: LogToPush,
): Promise<MovedFiles> {
  const files = (await Promise.all(models.map((model) => listLogFiles(root, model)))).flat()
  const days = new Set(files.flatMap(({ key }) => (known.has(key) ? [] : folderOf(key))))
  await runPool(days, remote.jobs, async (day) => {
    for await (const { key } of remote.list(day, { signal })) known.add(key)
  })
  const missing = files.filter(({ key }) => !known.has(key))
  const moved = { files: 0, sizeBytes: 0 }
  await runPool(missing, remote.jobs, async ({ key }) => {
    const sizeBytes = await unlessGone(() =>
      remote.upload(join(root, key), key, { md5: undefined, signal }),
    )
    if (sizeBytes === undefined) return
    known.add(key)
    moved.files++
    moved.sizeBytes += sizeBytes
  })
  await remote.settle()
  return moved
}

/** With the slash at its end. */
function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}

/** A day may be pruned while it is sent. */
async function unlessGone<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work()
  } catch (error) {
    const isRead = error instanceof ToolkitError && error.code === 'FILE_READ_FAILED'
    if (isRead && systemCode(error.cause) === 'ENOENT') return undefined
    throw error
  }
}
