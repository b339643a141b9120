/** The process group of a command: how it ends, and is ended. */

import { systemCode } from '../../core/atomic-file.ts'

/** How long a command may clean up after SIGTERM. */
export const graceMs = 500
/** How long output may still arrive from children that outlive their command. */
export const drainMs = 200

/** As Node reports the end of a process: one of both is `null`. */
export type Exit = readonly [code: number | null, signal: NodeJS.Signals | null]

/** Sends a signal to all processes of a group; nothing happens when it has ended. */
export function killGroup(group: number, signalName: NodeJS.Signals): void {
  try {
    process.kill(-group, signalName)
  } catch (error) {
    if (systemCode(error) !== 'ESRCH' && systemCode(error) !== 'EPERM') throw error
  }
}
