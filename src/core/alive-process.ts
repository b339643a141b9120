import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Whether a process with this id is running, whoever it belongs to. */
export function isProcessAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return !hasEnded(processId)
  } catch (error) {
    // It is there, but somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** One that was killed keeps its id until its parent asks about it; in a container that may be never. */
function hasEnded(processId: number): boolean {
  const [state = ''] = readProcessStat(processId)
  return /^[ZX]/.test(state)
}

/** When a process began, in the system's own ticks; empty where the system does not tell. */
export function readProcessStart(processId: number): string {
  return readProcessStat(processId)[19] ?? ''
}

/** What Linux tells of a process, from its state on; nothing of one that has ended, or where nobody tells. */
export function readProcessStat(processId: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${processId}/stat`, 'utf8')
    // The second field is the program's name in parentheses, which may hold blanks.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

/** Where process ids mean the same, by a short name: one machine, or one of its containers, which may share its name. */
export function nameProcessPlace(): string {
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
