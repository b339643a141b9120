/** Wakes whoever waits for a change. It may wake too often and, rarely, not at all: look, and look again. */

import { statSync, watch, type FSWatcher } from 'node:fs'
import { dirname } from 'node:path'
import { systemCode } from '../../core/atomic-file.ts'

/** Called when something may have changed, and when the system refuses to watch a folder. */
export interface WakeUp {
  readonly onChange: () => void
  readonly onRefusal: (folder: string, code: string) => void
}

/**
 * Watches files and folders, with all below them; for what does not exist yet, the nearest
 * folder above. Disposing it ends that.
 */
export function watchFolders(locations: readonly string[], wakeUp: WakeUp): Disposable {
  const watchers: FSWatcher[] = []
  for (const [folder, recursive] of foldersOf(locations)) {
    const watcher = watchFolder(folder, recursive, wakeUp)
    if (watcher !== undefined) watchers.push(watcher)
  }
  return {
    [Symbol.dispose]: () => {
      for (const watcher of watchers) watcher.close()
    },
  }
}

function watchFolder(
  folder: string,
  recursive: boolean,
  { onChange, onRefusal }: WakeUp,
): FSWatcher | undefined {
  const refuse = (error: unknown): void => {
    const code = systemCode(error) ?? String(error)
    if (code === 'ENOENT') onChange()
    else onRefusal(folder, code)
  }
  try {
    return watch(folder, { recursive }, onChange).on('error', refuse)
  } catch (error) {
    refuse(error)
    return undefined
  }
}

/** Folders, and whether they are watched with all below them. */
function foldersOf(locations: readonly string[]): Map<string, boolean> {
  const folders = new Map<string, boolean>()
  const add = (folder: string, recursive: boolean): void => {
    folders.set(folder, recursive || folders.get(folder) === true)
  }
  for (const location of locations) {
    if (isFolder(location)) add(location, true)
    let parent = dirname(location)
    while (!isFolder(parent) && dirname(parent) !== parent) parent = dirname(parent)
    add(parent, false)
  }
  return folders
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
