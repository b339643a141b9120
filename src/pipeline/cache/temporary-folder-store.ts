/** Where objects lie until they are named: a folder in the cache that the batches of one command share. */

import { existsSync, mkdtempSync, readdirSync, rmSync, rmdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isProcessAlive, nameProcessPlace } from '../../core/alive-process.ts'
import { asWriteError, systemCode } from '../../core/atomic-file.ts'
import { makeCacheFolder } from './cache-folder-file.ts'
import type { CacheHome } from './object-path.ts'

/**
 * A folder that is there while somebody uses it and a moment longer: making and removing one costs
 * more than a small object. Disposing it removes it with all that is in it.
 */
export interface TemporaryFolder extends Disposable {
  /** Keeps it until the result is disposed. */
  use(): TemporaryUse
}

/** One of those who use the folder. */
export interface TemporaryUse extends Disposable {
  /** A path that nobody uses; makes the folder when there is none. @throws {ToolkitError} `FILE_WRITE_FAILED` */
  path(): string
}

/** Far less than what {@link removeStaleFolders} takes for abandoned, so that no idle folder is. */
const idleMs = 1000

/** Nothing is created before the first path. */
export function openTemporaryFolder(home: CacheHome): TemporaryFolder {
  let folder: string | undefined
  let count = 0
  let users = 0
  let idleTimer: NodeJS.Timeout | undefined
  const remove = (): void => {
    if (folder !== undefined) removeFolder(folder)
    folder = undefined
  }
  return {
    use: () => {
      clearTimeout(idleTimer)
      users++
      return {
        path: () => {
          // Somebody may have removed the whole cache.
          if (folder === undefined || !existsSync(folder)) folder = makeFolder(home)
          return join(folder, String(count++))
        },
        [Symbol.dispose]: () => {
          users--
          if (users === 0 && folder !== undefined) idleTimer = setTimeout(remove, idleMs).unref()
        },
      }
    },
    [Symbol.dispose]: () => {
      clearTimeout(idleTimer)
      remove()
    },
  }
}

/**
 * Removes what killed processes of this machine left in a cache; writes nothing, for a disk that is full.
 *
 * @throws {ToolkitError} `FILE_WRITE_FAILED`
 */
export function removeAbandoned({ cacheFolder }: CacheHome): void {
  try {
    if (existsSync(cacheFolder)) removeStaleFolders(cacheFolder)
  } catch (error) {
    throw asWriteError(cacheFolder, error)
  }
}

const prefix = 'mlpt-'

function makeFolder(home: CacheHome): string {
  const { cacheFolder } = home
  try {
    makeCacheFolder(home, cacheFolder)
    const folder = mkdtempSync(join(cacheFolder, `${prefix}${nameProcessPlace()}-${process.pid}-`))
    removeStaleFolders(cacheFolder, statSync(folder).mtimeMs)
    return folder
  } catch (error) {
    throw asWriteError(cacheFolder, error)
  }
}

/**
 * What killed processes left. Of other machines that share the cache nobody here knows: theirs have an hour.
 *
 * @param now - milliseconds since 1970, by the clock that stamps the folders; without it nothing is old
 */
function removeStaleFolders(cacheFolder: string, now = -Infinity): void {
  const here = nameProcessPlace()
  for (const name of readdirSync(cacheFolder)) {
    const [, machine, owner] = folderName.exec(name) ?? []
    if (owner === undefined) continue
    const path = join(cacheFolder, name)
    const isOld = now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > graceMs
    const mayLive = (machine ?? here) === here && isProcessAlive(Number(owner))
    if (!mayLive && (machine === here || isOld)) rmSync(path, { recursive: true, force: true })
  }
}

/** The machine is missing in the names of version 0.1.0. */
const folderName = /^mlpt-(?:([0-9a-f]{8})-)?(\d+)-/
const graceMs = 3_600_000

/** Mostly it is empty by now. */
function removeFolder(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    rmSync(folder, { recursive: true, force: true })
  }
}
