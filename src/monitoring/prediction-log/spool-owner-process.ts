/** Who writes a spool, and whether that process still runs. */

import { createHash } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { isProcessAlive, readProcessStart } from '../../core/alive-process.ts'
import type { SpoolOwner } from './log-folder.ts'

let own: SpoolOwner | undefined

/** This process. */
export function ownProcess(): SpoolOwner {
  own ??= { place: nameOfPlace(), processId: process.pid, startedAt: startOf(process.pid) }
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

/** Containers of one machine have process ids of their own, and may share its name. */
function nameOfPlace(): string {
  return createHash('sha256')
    .update(`${hostname()} ${processNamespace()}`)
    .digest('hex')
    .slice(0, 8)
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return '' // Not Linux: there are no others.
  }
}

/** In ticks since the machine started; 0 where nobody tells. */
function startOf(processId: number): string {
  return readProcessStart(processId) || '0'
}
