/** A repository's lock files, in a temporary folder, and a stand-in for a dvc that uses them. */

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { takeLock, type LockOptions } from '../../src/pipeline/repository/lock-store.ts'
import type { ReadWriteLock } from '../../src/pipeline/repository/rwlock.ts'
import { makeFolder, type Folder } from './folder.ts'

export interface Place extends Folder {
  /** `.dvc/tmp/lock` */
  readonly dvcLock: string
  /** `.dvc/tmp/rwlock` */
  readonly uses: string
  take(options?: Partial<LockOptions>): ReturnType<typeof takeLock>
  /** A process that holds DVC's lock, or nothing, until it is killed. */
  startDvc(what?: 'lock' | 'nothing'): Promise<Sleeper>
  /** Whether DVC's lock is free for another process. */
  canDvcLock(): Promise<boolean>
  /** Resolves when it is. */
  untilGivenUp(): Promise<void>
  readUses(): Partial<ReadWriteLock>
  writeUses(lock: Partial<ReadWriteLock>): void
}

export interface Sleeper extends Disposable {
  readonly process: ChildProcess
}

export function makePlace(): Place {
  const folder = makeFolder({ '.dvc/config': '' })
  const temporaryFolder = join(folder.directory, '.dvc/tmp')
  mkdirSync(temporaryFolder)
  const dvcLock = join(temporaryFolder, 'lock')
  const uses = join(temporaryFolder, 'rwlock')
  return {
    ...folder,
    dvcLock,
    uses,
    take: (options) =>
      takeLock(
        { temporaryFolder, stateFolder: join(temporaryFolder, 'mlpt') },
        {
          waitMs: 0,
          clock: Date.now,
          signal: undefined,
          onWait: () => undefined,
          ...options,
        },
      ),
    startDvc: async (what = 'lock') => {
      if (what === 'nothing') return startSleeper()
      const child = spawn('flock', ['-x', '-o', dvcLock, 'sh', '-c', 'echo; exec sleep 60'], {
        stdio: ['ignore', 'pipe', 'ignore'],
        detached: true,
      })
      await once(child.stdout, 'data')
      return toSleeper(child)
    },
    canDvcLock: () => canLock(dvcLock),
    untilGivenUp: async () => {
      const start = performance.now()
      while (!(await canLock(dvcLock))) {
        assert.ok(performance.now() - start < 20_000, 'it is not given up')
        await sleep(50)
      }
    },
    readUses: () =>
      existsSync(uses) ? (JSON.parse(readFileSync(uses, 'utf8')) as ReadWriteLock) : {},
    writeUses: (lock) => writeFileSync(uses, JSON.stringify(lock)),
  }
}

async function canLock(path: string): Promise<boolean> {
  const [code] = (await once(spawn('flock', ['-n', '-x', path, 'true']), 'close')) as [number]
  return code === 0
}

/** A process that has ended. */
export async function startDead(): Promise<{ readonly pid: number }> {
  const child = spawn('true')
  await once(child, 'close')
  return { pid: child.pid! }
}

export function startSleeper(): Sleeper {
  return toSleeper(spawn('sleep', ['60'], { stdio: 'ignore', detached: true }))
}

function toSleeper(child: ChildProcess): Sleeper {
  return {
    process: child,
    [Symbol.dispose]: () => {
      try {
        process.kill(-child.pid!, 'SIGKILL')
      } catch {
        // It was killed before.
      }
    },
  }
}
