/** Logging without a server, and a run that is as long as runs get. */

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openTrackingStore, type TrackingStore } from '../../src/tracking/store/sqlite-store.ts'

const batchSize = 1000
const key = 'loss'

export interface LongRun {
  readonly points: number
  readonly pointsPerSecond: number
  readonly databaseMib: number
  readonly milliseconds: {
    readonly readRun: number
    readonly logOneMore: number
    readonly sampleOf1000: number
    readonly firstPageOf1000: number
  }
}

/** @returns metrics per second, acknowledged batch by batch */
export async function measureEmbedded(directory: string, count: number): Promise<number> {
  await using store = await openTrackingStore({ directory })
  const runId = await startRun(store)
  return await logPoints(store, runId, count)
}

export async function measureLongRun(directory: string, points: number): Promise<LongRun> {
  await using store = await openTrackingStore({ directory })
  const runId = await startRun(store)
  const pointsPerSecond = Math.round(await logPoints(store, runId, points))
  const last = { key, value: 1, timestamp: points, step: points }
  const milliseconds = {
    readRun: await time(() => store.getRun(runId)),
    logOneMore: await time(() => store.logMetrics(runId, [last])),
    sampleOf1000: await time(() =>
      store.sampleMetricHistories({ runIds: [runId], key, maxPointsPerRun: 1000 }),
    ),
    firstPageOf1000: await time(() => store.readMetricHistory({ runId, key, maxResults: 1000 })),
  }
  const bytes = statSync(join(directory, 'tracking.sqlite')).size
  return { points, pointsPerSecond, databaseMib: Math.round(bytes / 2 ** 20), milliseconds }
}

function startRun(store: TrackingStore): Promise<string> {
  return store.startRun({ experimentName: 'long', runName: 'r', startTime: 1, tags: {} })
}

async function logPoints(store: TrackingStore, runId: string, count: number): Promise<number> {
  const start = performance.now()
  for (let first = 0; first < count; first += batchSize) {
    const length = Math.min(batchSize, count - first)
    const points = Array.from({ length }, (_, i) => {
      const step = first + i
      return { key, value: 1 / (step + 1), timestamp: step, step }
    })
    await store.logMetrics(runId, points)
  }
  return count / ((performance.now() - start) / 1000)
}

async function time(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await action()
  return Math.round((performance.now() - start) * 10) / 10
}
