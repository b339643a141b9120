/**
 * One command that changes a repository at a time. Among ourselves: an exclusive SQLite
 * transaction that is never committed, which the operating system frees with the process.
 * Towards DVC: its own lock, given up while commands run for long, as DVC does, with the
 * paths they use written down for it.
 */

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { isProcessAlive } from '../../core/alive-process.ts'
import { asWriteError, systemCode, writeFileAtomically } from '../../core/atomic-file.ts'
import { asDatabaseWriteError, databaseCode } from '../../core/database-errors.ts'
import { ToolkitError } from '../../core/errors.ts'
import { tryFlock, type FlockResult } from './flock-process.ts'
import {
  findCollision,
  parseReadWriteLock,
  withUses,
  withoutDead,
  type Collision,
  type PathUse,
  type ReadWriteLock,
} from './rwlock.ts'
import { createTurns } from './turns.ts'

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

/** The folders of a repository in which locks lie. */
export interface LockFolders {
  /** `.dvc/tmp` */
  readonly temporaryFolder: string
  /** `.dvc/tmp/mlpt` */
  readonly stateFolder: string
}

/** Held until disposed. */
export interface RepositoryLock extends AsyncDisposable {
  /** Runs work on pipeline files and cache with DVC kept out. */
  hold<T>(work: () => Promise<T>): Promise<T>
  /**
   * Names what is going to be used, for as long as the result is not disposed. A running DVC
   * that uses the same paths is waited for as long as was asked for.
   *
   * @throws {ToolkitError} `PIPELINE_LOCKED` when it still uses them then
   */
  reserve(use: PathUse): Promise<Disposable>
}

const retryMs = 100
const busyCode = 5 // SQLITE_BUSY
const corruptCode = 11 // SQLITE_CORRUPT
const foreignCode = 26 // SQLITE_NOTADB
/** DVC itself tries for three seconds; it holds its lock for moments only. */
const patienceMs = 3000
/** After this long without work on files, DVC may have its lock. */
const idleMs = 500

/**
 * Takes the lock of a repository and holds it until disposed.
 *
 * @throws {ToolkitError} `PIPELINE_LOCKED`
 */
export async function takeLock(
  folders: LockFolders,
  options: LockOptions,
): Promise<RepositoryLock> {
  await makeStateFolder(folders)
  const own = await takeOwnLock(folders, options)
  try {
    const first = await takeDvcLock(folders, options)
    return createLock(folders, { own, first, options })
  } catch (error) {
    own[Symbol.dispose]()
    throw error
  }
}

async function makeStateFolder({ stateFolder }: LockFolders): Promise<void> {
  try {
    await mkdir(stateFolder, { recursive: true })
  } catch (error) {
    throw asWriteError(stateFolder, error)
  }
}

async function takeOwnLock(
  { stateFolder }: LockFolders,
  { waitMs, clock, signal, onWait }: LockOptions,
): Promise<Disposable> {
  const start = clock()
  for (let attempt = 0; ; attempt++) {
    const lock = tryLock(join(stateFolder, 'lock.sqlite'))
    if (lock !== undefined) {
      await writeOwner(stateFolder, { processId: process.pid, since: start })
      return lock
    }
    const owner = await readOwner(stateFolder)
    if (clock() - start >= waitMs) throw lockedError(owner, waitMs)
    if (attempt === 0) onWait(owner)
    await sleep(retryMs, undefined, signal && { signal })
  }
}

function tryLock(path: string): Disposable | undefined {
  let opened: DatabaseSync | undefined
  try {
    const database = new DatabaseSync(path)
    opened = database
    // Nothing is ever written, so there is nothing to take back; a journal on the disk would have to fit on a full one.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return { [Symbol.dispose]: () => database.close() }
  } catch (error) {
    opened?.close()
    const code = databaseCode(error)
    if (code === busyCode) return undefined
    if (code === corruptCode || code === foreignCode) throw brokenLockError(path, error)
    throw asDatabaseWriteError(path, error) ?? error
  }
}

/** `unavailable` where this machine has no program that can take it; then only our own lock holds. */
async function takeDvcLock(
  { temporaryFolder }: LockFolders,
  { waitMs, clock, signal, onWait }: LockOptions,
): Promise<Exclude<FlockResult, 'busy'>> {
  const path = join(temporaryFolder, 'lock')
  const start = clock()
  for (let attempt = 0; ; attempt++) {
    const result = await tryFlock(path, process.pid)
    if (result !== 'busy') return result
    const owner = await readDvcOwner(path, start)
    if (clock() - start >= Math.max(waitMs, patienceMs)) throw dvcLockedError(owner)
    if (attempt === 1) onWait(owner)
    await sleep(retryMs, undefined, signal && { signal })
  }
}

async function readDvcOwner(path: string, since: number): Promise<LockOwner | undefined> {
  const processId = Number((await readFile(path, 'utf8')).trim())
  return processId > 0 ? { processId, since } : undefined
}

interface LockParts {
  readonly own: Disposable
  readonly first: Exclude<FlockResult, 'busy'>
  readonly options: LockOptions
}

function createLock(folders: LockFolders, { own, first, options }: LockParts): RepositoryLock {
  const uses = new Set<PathUse>()
  let held: Exclude<FlockResult, 'busy'> | undefined = first
  let workers = 0
  let isWritten = false
  let idleTimer: NodeJS.Timeout | undefined
  // Taking and giving up the lock happen one after another.
  const inTurn = createTurns()
  const acquire = async (): Promise<void> => {
    if (held !== undefined) return
    // However long: what a command took hours to write is not given up for a busy DVC.
    held = await takeDvcLock(folders, { ...options, waitMs: Infinity })
    if (isWritten) await writeUses(folders, [])
    isWritten = false
  }
  const release = async (): Promise<void> => {
    if (workers > 0 || held === undefined) return
    if (uses.size > 0 && held !== 'unavailable') {
      await writeUses(folders, [...uses])
      isWritten = true
    }
    if (held !== 'unavailable') held[Symbol.dispose]()
    held = undefined
  }
  const releaseWhenIdle = (): void => {
    clearTimeout(idleTimer)
    // Where the uses cannot be written down, the lock is kept.
    idleTimer = setTimeout(() => void inTurn(release).catch(() => undefined), idleMs).unref()
  }
  const hold: RepositoryLock['hold'] = async (work) => {
    clearTimeout(idleTimer)
    workers++
    try {
      await inTurn(acquire)
      return await work()
    } finally {
      workers--
      if (workers === 0) releaseWhenIdle()
    }
  }
  return {
    hold,
    reserve: (use) =>
      reservePaths(use, { folders, options, uses, hold, giveUp: () => inTurn(release) }),
    [Symbol.asyncDispose]: async () => {
      clearTimeout(idleTimer)
      try {
        await inTurn(async () => {
          if (isWritten) await writeUses(folders, [])
        })
      } finally {
        if (held !== undefined && held !== 'unavailable') held[Symbol.dispose]()
        own[Symbol.dispose]()
      }
    },
  }
}

interface Reserving {
  readonly folders: LockFolders
  readonly options: LockOptions
  /** All that this process has reserved. */
  readonly uses: Set<PathUse>
  readonly hold: RepositoryLock['hold']
  /** Lets DVC have its lock at once, unless somebody works under it. */
  readonly giveUp: () => Promise<void>
}

async function reservePaths(
  use: PathUse,
  { folders, options, uses, hold, giveUp }: Reserving,
): Promise<Disposable> {
  const start = options.clock()
  // Looked at and taken while DVC cannot do the same.
  const isTaken = async (): Promise<boolean> => {
    if ((await findUser(folders, use)) !== undefined) return false
    uses.add(use)
    return true
  }
  while (!(await hold(isTaken))) {
    await giveUp() // Whoever uses the paths needs the lock to say that it is done.
    await waitForPaths(folders, use, { ...options, start })
  }
  return { [Symbol.dispose]: () => uses.delete(use) }
}

/** What another living process does with the same paths. */
async function findUser(folders: LockFolders, use: PathUse): Promise<Collision | undefined> {
  const lock = await readReadWriteLock(folders)
  return findCollision(lock, use, ({ pid }) => pid !== process.pid && isProcessAlive(pid))
}

/** Reads only, so that DVC is not in the way of what it waits for. */
async function waitForPaths(
  folders: LockFolders,
  use: PathUse,
  { waitMs, clock, signal, start }: LockOptions & { readonly start: number },
): Promise<void> {
  for (;;) {
    const collision = await findUser(folders, use)
    if (collision === undefined) return
    if (clock() - start >= waitMs) throw inUseError(collision)
    await sleep(retryMs, undefined, signal && { signal })
  }
}

function inUseError({ path, holder }: Collision): ToolkitError {
  return new ToolkitError(
    'PIPELINE_LOCKED',
    `'${path}' is in use by '${holder.cmd}' (process ${holder.pid})`,
    {
      hint: 'let it finish, or wait for it with --wait <seconds>',
      details: { path, ...holder },
    },
  )
}

async function readReadWriteLock({ temporaryFolder }: LockFolders): Promise<ReadWriteLock> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const lock = parseReadWriteLock(await readIfPresent(join(temporaryFolder, 'rwlock')))
    if (lock !== undefined) return lock
    await sleep(10) // DVC writes it in place.
  }
  // Whoever broke it is gone; DVC would refuse to work, we start it anew.
  return { read: {}, write: {} }
}

async function readIfPresent(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return ''
    throw error
  }
}

/** Replaces what this process uses in DVC's file, under the lock that guards it. */
async function writeUses(folders: LockFolders, uses: readonly PathUse[]): Promise<void> {
  const guard = await takeGuard(join(folders.temporaryFolder, 'rwlock.lock'))
  try {
    const lock = withoutDead(await readReadWriteLock(folders), ({ pid }) => isProcessAlive(pid))
    const holder = { pid: process.pid, cmd: 'mlpt run' }
    const text = JSON.stringify(withUses(lock, holder, uses))
    // DVC refuses to work with half a file.
    await writeFileAtomically(join(folders.temporaryFolder, 'rwlock'), text)
  } finally {
    guard?.[Symbol.dispose]()
  }
}

async function takeGuard(path: string): Promise<Disposable | undefined> {
  for (let attempt = 0; attempt < patienceMs / 10; attempt++) {
    const result = await tryFlock(path, process.pid)
    if (result === 'unavailable') return undefined
    if (result !== 'busy') return result
    await sleep(10)
  }
  return undefined
}

function ownerPath(stateFolder: string): string {
  return join(stateFolder, 'lock-owner.json')
}

/** Only for messages: on a full disk it is left out, or nothing could be removed there any more. */
async function writeOwner(stateFolder: string, owner: LockOwner): Promise<void> {
  try {
    await writeFileAtomically(ownerPath(stateFolder), JSON.stringify(owner))
  } catch (error) {
    if (!isDiskFull(error)) throw error
  }
}

function isDiskFull(error: unknown): boolean {
  const code = error instanceof ToolkitError ? systemCode(error.cause) : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}

async function readOwner(stateFolder: string): Promise<LockOwner | undefined> {
  try {
    const owner: unknown = JSON.parse(await readFile(ownerPath(stateFolder), 'utf8'))
    return isOwner(owner) ? owner : undefined
  } catch {
    // Only the message is poorer for it.
    return undefined
  }
}

function isOwner(value: unknown): value is LockOwner {
  return typeof value === 'object' && value !== null && 'processId' in value && 'since' in value
}

/** Not removed by us: of two that do, the second would take away what the first holds. */
function brokenLockError(path: string, cause: unknown): ToolkitError {
  return new ToolkitError('FILE_READ_FAILED', `'${path}' is no lock of ours, or a damaged one`, {
    hint: 'remove it while no mlpt is at work in this repository: nothing is kept in it',
    details: { path },
    cause,
  })
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

function dvcLockedError(owner: LockOwner | undefined): ToolkitError {
  const who = owner === undefined ? 'a running dvc' : `a running dvc (process ${owner.processId})`
  return new ToolkitError('PIPELINE_LOCKED', `${who} holds this repository's lock`, {
    hint: 'let it finish, or wait for it with --wait <seconds>',
    details: { owner },
  })
}
