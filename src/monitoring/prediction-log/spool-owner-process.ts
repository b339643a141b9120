/** Who writes a spool, and whether that process still runs. */

import { isProcessAlive, nameProcessPlace, readProcessStart } from '../../core/alive-process.ts'
import type { SpoolOwner } from './log-folder.ts'

let own: SpoolOwner | undefined

/** This process. */
export function ownProcess(): SpoolOwner {
  own ??= { place: nameProcessPlace(), processId: process.pid, startedAt: startOf(process.pid) }
  return own
}

let spoolsBegun = 0

/** Numbers the spools of this process, of all its logs: no two have one name. */
export function nextSpoolNumber(): number {
  return spoolsBegun++
}

/**
 * Whether the process has ended that wrote a spool; `undefined` for one of another machine or container, of which
 * nobody here can tell.
 */
export function hasOwnerEnded({ place, processId, startedAt }: SpoolOwner): boolean | undefined {
  if (place !== ownProcess().place) return undefined
  return !isProcessAlive(processId) || startOf(processId) !== startedAt
}

/** In ticks since the machine started; 0 where nobody tells. */
function startOf(processId: number): string {
  return readProcessStart(processId) || '0'
}
