import { ToolkitError } from '../../core/errors.ts'
import type { RunTracking } from '../../core/tracking.ts'
import { readSpools, removeSpool, type SpooledRun } from './left-spools-file.ts'

/** What was sent, by run. */
export interface SentSpool {
  readonly runId: string
  readonly pointCount: number
  /** Why it could not be stored: the run was deleted, for example. The file stays. */
  readonly refusal: ToolkitError | undefined
}

/**
 * Sends what runs of processes that were killed have logged and their tracker never acknowledged.
 * Sending twice is the same as once, so several processes may do it at a time. `startRun` does it too.
 *
 * @param directory - the `spoolDirectory` of the tracker
 * @throws {ToolkitError} `TRACKING_SERVER_FAILED` when the server does not answer: all stays as it was
 */
export async function sendSpools(
  tracking: RunTracking,
  directory: string,
): Promise<readonly SentSpool[]> {
  const sent: SentSpool[] = []
  for (const spooled of readSpools(directory)) {
    const refusal = await send(tracking, spooled)
    if (refusal === undefined) removeSpool(spooled)
    sent.push({ runId: spooled.runId, pointCount: spooled.pointCount, refusal })
  }
  return sent
}

async function send(
  tracking: RunTracking,
  { runId, batches, end }: SpooledRun,
): Promise<ToolkitError | undefined> {
  try {
    for (const points of batches()) await tracking.logMetrics(runId, points)
    if (end !== undefined) await tracking.endRun(runId, end.status, end.endTime)
    return undefined
  } catch (error) {
    if (isRefusal(error)) return error
    throw error
  }
}

/** The tracker said no, and would again; as opposed to one that cannot be reached. */
export function isRefusal(error: unknown): error is ToolkitError {
  return (
    error instanceof ToolkitError &&
    (error.code === 'TRACKING_INVALID' || error.code === 'TRACKING_NOT_FOUND')
  )
}
