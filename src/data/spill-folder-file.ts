/** Where a database puts what does not fit into memory. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isProcessAlive } from '../core/alive-process.ts'

/** A folder that is removed when it is disposed. */
export interface SpillFolder extends Disposable {
  readonly path: string
}

/**
 * Makes a folder of this process among the temporary files, for nobody else to read, and removes those of
 * processes that were killed; `undefined` where no folder can be made.
 */
export function openSpillFolder(parent: string = tmpdir()): SpillFolder | undefined {
  removeLeftFolders(parent)
  const path = makeFolder(join(parent, `${prefix()}${process.pid}-`))
  if (path === undefined) return undefined
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The name of the machine is part of it: containers that share a folder do not see each other's processes. */
function prefix(): string {
  return `mlpt-spill-${hostname().replaceAll(/[^\w.]/g, '_')}-`
}

function makeFolder(start: string): string | undefined {
  try {
    return mkdtempSync(start)
  } catch {
    // A database without such a folder still does all that fits into memory.
    return undefined
  }
}

function removeLeftFolders(parent: string): void {
  const start = prefix()
  for (const name of listNames(parent)) {
    if (!name.startsWith(start)) continue
    const processId = Number(/^(\d+)-\w+$/.exec(name.slice(start.length))?.[1])
    if (processId > 0 && !isProcessAlive(processId)) removeFolder(join(parent, name))
  }
}

function listNames(parent: string): readonly string[] {
  try {
    return readdirSync(parent)
  } catch {
    return [] // Nothing can be left where nothing can be listed.
  }
}

function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // It is somebody else's, who will remove it.
  }
}
