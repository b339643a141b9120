/**
 * DVC's `.dvc/tmp/rwlock`: which paths running commands read and write. DVC gives up its
 * big lock while a stage's command runs, and this file keeps others from the same paths.
 */

import { isObject } from '../../core/json.ts'
import { isSameOrWithin, isWithin } from '../stages/graph.ts'

/** A process and what it does. */
export interface LockHolder {
  readonly pid: number
  readonly cmd: string
}

/** Holders by absolute path. */
export interface ReadWriteLock {
  readonly write: Readonly<Record<string, LockHolder>>
  readonly read: Readonly<Record<string, readonly LockHolder[]>>
}

/** Absolute paths that a command reads and writes. */
export interface PathUse {
  readonly reads: readonly string[]
  readonly writes: readonly string[]
}

/** Parses the file; `undefined` when it is not one, as while DVC writes it. */
export function parseReadWriteLock(text: string): ReadWriteLock | undefined {
  if (text.trim() === '') return { write: {}, read: {} }
  try {
    const value: unknown = JSON.parse(text)
    if (!isObject(value)) return undefined
    const { write = {}, read = {} } = value
    if (!isObject(write) || !isObject(read)) return undefined
    return {
      write: Object.fromEntries(
        Object.entries(write).flatMap(([path, holder]) =>
          isHolder(holder) ? [[path, holder] as const] : [],
        ),
      ),
      read: Object.fromEntries(
        Object.entries(read).map(([path, holders]) => [
          path,
          Array.isArray(holders) ? holders.filter(isHolder) : [],
        ]),
      ),
    }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isHolder(value: unknown): value is LockHolder {
  return isObject(value) && typeof value['pid'] === 'number' && typeof value['cmd'] === 'string'
}

/** A path in use, and who uses it. */
export interface Collision {
  readonly path: string
  readonly holder: LockHolder
}

/** A use that would collide with another process's, or `undefined`. Writers collide with all, readers with writers. */
export function findCollision(
  { write, read }: ReadWriteLock,
  use: PathUse,
  isAlive: (holder: LockHolder) => boolean,
): Collision | undefined {
  for (const [path, holder] of Object.entries(write)) {
    const isTouched = [...use.reads, ...use.writes].some((own) => doOverlap(own, path))
    if (isTouched && isAlive(holder)) return { path, holder }
  }
  for (const [path, holders] of Object.entries(read)) {
    if (!use.writes.some((own) => doOverlap(own, path))) continue
    const holder = holders.find(isAlive)
    if (holder !== undefined) return { path, holder }
  }
  return undefined
}

function doOverlap(a: string, b: string): boolean {
  return isSameOrWithin(a, b) || isWithin(b, a)
}

/** The lock with exactly these uses of one process; those it had before are gone, others stay. */
export function withUses(
  { write, read }: ReadWriteLock,
  holder: LockHolder,
  uses: readonly PathUse[],
): ReadWriteLock {
  const isOther = ({ pid }: LockHolder): boolean => pid !== holder.pid
  const writes = Object.entries(write).filter(([, other]) => isOther(other))
  const reads = new Map(
    Object.entries(read).map(([path, holders]) => [path, holders.filter(isOther)] as const),
  )
  for (const use of uses) {
    for (const path of use.writes) writes.push([path, holder])
    for (const path of [...use.reads, ...use.writes]) {
      const known = reads.get(path) ?? []
      if (!known.includes(holder)) reads.set(path, [...known, holder])
    }
  }
  return {
    write: Object.fromEntries(writes),
    read: Object.fromEntries([...reads].filter(([, holders]) => holders.length > 0)),
  }
}

/** The lock without what dead processes left in it. */
export function withoutDead(
  { write, read }: ReadWriteLock,
  isAlive: (holder: LockHolder) => boolean,
): ReadWriteLock {
  const readers = Object.entries(read).map(
    ([path, holders]) => [path, holders.filter(isAlive)] as const,
  )
  return {
    write: Object.fromEntries(Object.entries(write).filter(([, holder]) => isAlive(holder))),
    read: Object.fromEntries(readers.filter(([, holders]) => holders.length > 0)),
  }
}
