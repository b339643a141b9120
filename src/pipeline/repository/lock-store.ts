/**
 * One engine per repository: an exclusive SQLite transaction that is never
 * committed. The operating system frees it with the process, however that ends,
 * and it needs no native module.
 */

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Workspace } from './workspace-file.ts'

/** Who holds the lock; only for messages, and absent for the moment in which a new owner writes it. */
export interface LockOwner {
  readonly processId: number
  /** Milliseconds since 1970. */
  readonly since: number
}

/** How to take the lock. */
export interface LockOptions {
  /** How long to wait for another engine; 0 refuses at once. */
  readonly waitMs: number
  readonly clock: () => number
  readonly signal: AbortSignal | undefined
  /** Called once, when there is somebody to wait for. */
  readonly onWait: (owner: LockOwner | undefined) => void
}

const retryMs = 100
const busyCode = 5 // SQLITE_BUSY

/**
 * Takes the lock of a repository and holds it until disposed.
 *
 * @throws {ToolkitError} `PIPELINE_LOCKED`
 */
export async function takeLock(workspace: Workspace, options: LockOptions): Promise<Disposable> {
  await mkdir(workspace.stateFolder, { recursive: true })
  const { waitMs, clock, signal } = options
  const start = clock()
  for (let attempt = 0; ; attempt++) {
    const lock = tryLock(join(workspace.stateFolder, 'lock.sqlite'))
    if (lock !== undefined) {
      await writeOwner(workspace, { processId: process.pid, since: start })
      return lock
    }
    const owner = await readOwner(workspace)
    if (clock() - start >= waitMs) throw lockedError(owner, waitMs)
    if (attempt === 0) options.onWait(owner)
    await sleep(retryMs, undefined, signal && { signal })
  }
}

function tryLock(path: string): Disposable | undefined {
  const database = new DatabaseSync(path)
  try {
    database.exec('BEGIN EXCLUSIVE')
    return { [Symbol.dispose]: () => database.close() }
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === busyCode) return undefined
    throw error
  }
}

function ownerPath({ stateFolder }: Workspace): string {
  return join(stateFolder, 'lock-owner.json')
}

async function writeOwner(workspace: Workspace, owner: LockOwner): Promise<void> {
  await writeFileAtomically(ownerPath(workspace), JSON.stringify(owner))
}

async function readOwner(workspace: Workspace): Promise<LockOwner | undefined> {
  try {
    const owner: unknown = JSON.parse(await readFile(ownerPath(workspace), 'utf8'))
    return isOwner(owner) ? owner : undefined
  } catch {
    // Only the message is poorer for it.
    return undefined
  }
}

function isOwner(value: unknown): value is LockOwner {
  return typeof value === 'object' && value !== null && 'processId' in value && 'since' in value
}

function lockedError(owner: LockOwner | undefined, waitMs: number): ToolkitError {
  const who =
    owner === undefined
      ? 'another run'
      : `another run (process ${owner.processId}, since ${new Date(owner.since).toISOString()})`
  const waited = waitMs === 0 ? '' : ` after ${waitMs / 1000} s of waiting`
  return new ToolkitError('PIPELINE_LOCKED', `${who} holds this pipeline${waited}`, {
    hint: 'let it finish, or wait for it with --wait <seconds>',
    details: { owner },
  })
}
