/** Points on their way to the tracker: kept in the spool at once, sent in batches in the background. */

import type { MetricPoint, RunTracking } from '../../core/tracking.ts'
import { isRefusal } from './send-spools.ts'
import type { Spool } from './spool-file.ts'

export interface MetricSender {
  /** Returns when the points are in the spool. */
  add(points: readonly MetricPoint[]): void
  /**
   * Sends all that was added. Throws what the tracker has refused since the last time (those points
   * are given up), or that it cannot be reached: then all is kept, and the next call tries again.
   */
  flush(): Promise<void>
  /** No background sending any more. */
  stop(): void
}

/** What a server takes at once. */
const batchSize = 1000
/** After a failure that may pass. */
const retryAfterMs = 5000

/** @param intervalMs - how long a point may wait for others */
export function createMetricSender(
  tracking: Pick<RunTracking, 'logMetrics'>,
  runId: string,
  { spool, intervalMs }: { readonly spool: Spool; readonly intervalMs: number },
): MetricSender {
  const waiting: MetricPoint[] = []
  /** How many of the list are done; it is emptied when all are. */
  let doneCount = 0
  let refusal: unknown
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined

  /** Oldest first. Points leave the list when they are stored, or refused for good. */
  const sendWaiting = async (): Promise<void> => {
    while (doneCount < waiting.length) {
      const batch = waiting.slice(doneCount, doneCount + batchSize)
      try {
        await tracking.logMetrics(runId, batch)
      } catch (error) {
        if (!isRefusal(error)) throw error
        refusal ??= error
      }
      doneCount += batch.length
      spool.acknowledge(batch.length)
    }
    waiting.length = 0
    doneCount = 0
  }
  /** One at a time: whoever comes while it sends waits for the same end. */
  const send = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    sending ??= sendWaiting().finally(() => {
      sending = undefined
    })
    return sending
  }
  /** A process that is done otherwise waits for this. */
  const plan = (): void => {
    timer ??= setTimeout(sendInBackground, intervalMs)
  }
  /** What fails here is said by the next flush; a server that is away keeps no process alive. */
  const sendInBackground = (): void => {
    send().catch(() => {
      timer ??= setTimeout(sendInBackground, retryAfterMs).unref()
    })
  }
  return {
    add: (points) => {
      spool.append(points)
      for (const point of points) waiting.push(point)
      if (sending !== undefined) return
      if (waiting.length >= batchSize) sendInBackground()
      else plan()
    },
    flush: async () => {
      while (waiting.length > 0) await send()
      const found = refusal
      refusal = undefined
      if (found !== undefined) throw found
    },
    stop: () => clearTimeout(timer),
  }
}
