/** The runs that are searched: the same for both servers. */

import type { MetricPoint } from '../../src/core/tracking.ts'
import { openTrackingStore } from '../../src/tracking/store/sqlite-store.ts'

export interface RunCounts {
  readonly runs: number
  readonly metrics: number
}

/** Started at once and not one after another, so that they share commits. */
const runsAtOnce = 200

/** @returns the experiment's id */
export async function fillStore(directory: string, counts: RunCounts): Promise<string> {
  await using store = await openTrackingStore({ directory })
  const experimentId = await store.createExperiment({ name: 'search' })
  const addRun = async (i: number): Promise<void> => {
    const run = await store.createRun({
      experimentId,
      runName: `run ${i}`,
      userId: 'u',
      startTime: 1000 + i,
      tags: {},
    })
    const params = { depth: String(i % 7) }
    await store.logBatch(run.runId, { metrics: metricsOf(i, counts.metrics), params, tags: {} })
    await store.updateRun(run.runId, { status: 'FINISHED', endTime: 2000 + i })
  }
  for (let first = 0; first < counts.runs; first += runsAtOnce) {
    const count = Math.min(runsAtOnce, counts.runs - first)
    await Promise.all(Array.from({ length: count }, (_, i) => addRun(first + i)))
  }
  return experimentId
}

function metricsOf(run: number, count: number): MetricPoint[] {
  return Array.from({ length: count }, (_, j) => ({
    key: `m${j}`,
    value: ((run * 7919 + j * 104729) % 100003) / 100003,
    timestamp: 1,
    step: 0,
  }))
}
