import { chmod, open, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { asWriteError, makeFolder, replaceFileWith } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { listLogFiles } from '../../monitoring/prediction-log/log-files-store.ts'
import {
  isOverBefore,
  modelLogFolder,
  parseLogKey,
  type LogFileName,
} from '../../monitoring/prediction-log/log-folder.ts'
import { readPruned } from '../../monitoring/prediction-log/pruned-days-file.ts'
import { runPool } from '../../pipeline/remote/pool.ts'
import type { CallOptions, Content, Remote } from '../../pipeline/remote/remote.ts'
import { summarizeProblems } from '../../pipeline/remote/transfer.ts'
import type { MovedFiles } from './push-log.ts'

/** Which logs are brought. */
export interface LogToPull extends CallOptions {
  /** Of all logs, here. */
  readonly root: string
  /** One of them; all when left out. */
  readonly model?: string | undefined
  /** Not the days that are over before this, milliseconds since 1970. */
  readonly since?: number | undefined
}

/**
 * Brings the Parquet files of logs that a remote has and this machine has not; days that were pruned here stay away. What
 * is no Parquet file is left out, and told when all others are there.
 *
 * @throws {ToolkitError} `REMOTE_DENIED`, `REMOTE_UNAVAILABLE`, `REMOTE_OBJECT_DAMAGED`, `FILE_WRITE_FAILED`
 */
export async function pullLog(remote: Remote, log: LogToPull): Promise<MovedFiles> {
  const { root, signal } = log
  const moved = { files: 0, sizeBytes: 0 }
  const problems: ToolkitError[] = []
  await runPool(await listMissing(remote, log), remote.jobs, async ({ key }) => {
    try {
      moved.sizeBytes += await bring(remote, key, { root, signal })
      moved.files++
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error
      // It was removed there since it was listed.
      if (error.code === 'REMOTE_OBJECT_MISSING') return
      if (error.code !== 'REMOTE_OBJECT_DAMAGED') throw error
      problems.push(error)
    }
  })
  const problem = summarizeProblems(problems)
  if (problem !== undefined) throw problem
  return moved
}

async function listMissing(
  remote: Remote,
  { root, model, since = -Infinity, signal }: LogToPull,
): Promise<readonly LogFileName[]> {
  const prefix = model === undefined ? '' : `${modelLogFolder('', model)}/`
  const there: LogFileName[] = []
  for await (const { key } of remote.list(prefix, { signal })) {
    const file = parseLogKey(key)
    if (file !== undefined && !isOverBefore(file.date, since)) there.push(file)
  }
  const missing: LogFileName[] = []
  for (const [name, files] of Map.groupBy(there, (file) => file.model)) {
    const pruned = await readPruned(modelLogFolder(root, name))
    const here = new Set((await listLogFiles(root, name)).map(({ key }) => key))
    missing.push(...files.filter(({ key, date }) => !here.has(key) && !isOverBefore(date, pruned)))
  }
  return missing
}

/** @returns its size in bytes */
async function bring(
  remote: Remote,
  key: string,
  { root, signal }: { readonly root: string; readonly signal: AbortSignal | undefined },
): Promise<number> {
  const path = join(root, key)
  try {
    makeFolder(dirname(path), 0o700)
  } catch (error) {
    throw asWriteError(path, error)
  }
  let sizeBytes = 0
  await replaceFileWith(path, async (temporary) => {
    const content = await remote.download(key, { makePath: () => temporary, signal })
    if (content.kind === 'bytes') await writeFile(temporary, content.bytes)
    // Rows may be about people: for this user only, as where they were written.
    await chmod(temporary, 0o600)
    sizeBytes = sizeOf(content)
    if (!(await isParquet(temporary, sizeBytes))) throw noParquet(key, remote.place)
  })
  return sizeBytes
}

function sizeOf(content: Content): number {
  return content.kind === 'bytes' ? content.bytes.length : content.sizeBytes
}

const mark = 'PAR1'

/** A file that broke off, or a page of a proxy, would spoil every look at the log. */
async function isParquet(path: string, sizeBytes: number): Promise<boolean> {
  if (sizeBytes < 3 * mark.length) return false
  await using file = await open(path, 'r')
  const ends = await Promise.all(
    [0, sizeBytes - mark.length].map((at) =>
      file.read(Buffer.alloc(mark.length), { position: at }),
    ),
  )
  return ends.every(({ buffer }) => buffer.toString('latin1') === mark)
}

function noParquet(key: string, place: string): ToolkitError {
  return new ToolkitError('REMOTE_OBJECT_DAMAGED', `'${key}' in ${place} is no Parquet file`, {
    hint: 'remove it there; a push of the machine that has it sends it again',
    details: { key, place },
  })
}
