/** Points on their way to the tracker: kept in the spool at once, sent in batches in the background. */

import type { MetricPoint, RunTracking } from '../../core/tracking.ts'
import { createPointQueue } from './point-queue.ts'
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
/** In memory, some ten megabytes; what is more, while a server is away, is read from the spool when its turn has come. */
const defaultMostInMemory = 50_000

/** Where points wait, and for how long. */
export interface MetricSenderOptions {
  readonly spool: Spool
  /** How long a point may wait for others. */
  readonly intervalMs: number
  /** Points; 50,000 by default. */
  readonly mostInMemory?: number
}

export function createMetricSender(
  tracking: Pick<RunTracking, 'logMetrics'>,
  runId: string,
  { spool, intervalMs, mostInMemory = defaultMostInMemory }: MetricSenderOptions,
): MetricSender {
  const queue = createPointQueue(spool, mostInMemory)
  let refusal: unknown
  let isAway = false
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined

  /** Oldest first. Points leave the queue when they are stored, or refused for good. */
  const sendWaiting = async (): Promise<void> => {
    while (queue.size > 0) {
      let batch: readonly MetricPoint[] = []
      try {
        batch = queue.first(batchSize)
        await tracking.logMetrics(runId, batch)
      } catch (error) {
        // No batch: points are gone from the file, and asked for no more.
        if (batch.length > 0 && !isRefusal(error)) throw error
        refusal ??= error
      }
      queue.drop(batch.length)
      spool.acknowledge(batch.length)
    }
    isAway = false
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
      isAway = true
      timer ??= setTimeout(sendInBackground, retryAfterMs).unref()
    })
  }
  return {
    add: (points) => {
      queue.add(points)
      // Whoever is away is asked again at the time for that, however much comes.
      if (sending !== undefined || (isAway && timer !== undefined)) return
      if (queue.size >= batchSize) sendInBackground()
      else plan()
    },
    flush: async () => {
      while (queue.size > 0) await send()
      const found = refusal
      refusal = undefined
      if (found !== undefined) throw found
    },
    stop: () => clearTimeout(timer),
  }
}
