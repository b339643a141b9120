import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeStaleTemporaries } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { listLogFiles } from '../../monitoring/prediction-log/log-files-store.ts'
import {
  isOverBefore,
  modelLogFolder,
  type LogFileName,
} from '../../monitoring/prediction-log/log-folder.ts'
import { readPruned } from '../../monitoring/prediction-log/pruned-days-file.ts'
import { writeLogFile } from '../../monitoring/prediction-log/write-part-store.ts'
import { sizeOf } from '../../pipeline/remote/object-writer-store.ts'
import { runPool } from '../../pipeline/remote/pool.ts'
import type { Remote } from '../../pipeline/remote/remote.ts'
import { summarizeProblems } from '../../pipeline/remote/transfer.ts'
import { listRemoteLog, type RemoteLogs } from './list-remote-log.ts'
import type { MovedFiles } from './push-log.ts'

/** Which logs are brought. */
export interface LogToPull extends RemoteLogs {
  /** Of all logs, here. */
  readonly root: string
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
      const sizeBytes = await bring(remote, key, { root, signal })
      moved.files++
      // Not in one statement with the wait: what others add meanwhile would be lost.
      moved.sizeBytes += sizeBytes
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
  const listed = await listRemoteLog(remote, { model, signal })
  const there = listed.filter(({ date }) => !isOverBefore(date, since))
  // What a killed pull had begun another may have brought: nobody writes there any more.
  removeStaleTemporaries(there.map(({ key }) => join(root, key)))
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
  let sizeBytes = 0
  await writeLogFile(join(root, key), async (temporary) => {
    const content = await remote.download(key, { makePath: () => temporary, signal })
    if (content.kind === 'bytes') await writeFile(temporary, content.bytes)
    sizeBytes = sizeOf(content)
    if (!(await isParquet(temporary, sizeBytes))) throw noParquet(key, remote.place)
  })
  return sizeBytes
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
