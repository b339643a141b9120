import { readFileSync } from 'node:fs'

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
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8')
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false // Not Linux: nobody tells.
  }
}

/** When a process began, in the system's own ticks; empty where the system does not tell. */
export function readProcessStart(processId: number): string {
  try {
    const text = readFileSync(`/proc/${processId}/stat`, 'utf8')
    // The second field is the program's name in parentheses, which may hold blanks.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
