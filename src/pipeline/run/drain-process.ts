/** The end of what a command prints. */

import { setTimeout as sleep } from 'node:timers/promises'

/** How long output may still arrive from children that outlive their command. */
const drainMs = 200

/**
 * Waits for the rest of the output of a command that has ended; what it leaves running may hold its pipes open.
 *
 * @param closed - resolves when all pipes are closed
 */
export async function drainOutput(closed: Promise<unknown>): Promise<void> {
  await Promise.race([closed, sleep(drainMs)])
}
