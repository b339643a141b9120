/** A process of its own that logs metrics to a run in batches of 50 and prints each step that was acknowledged. */

import { openTrackingStore } from '../../src/tracking/store/sqlite-store.ts'

const [directory = '', runId = '', writer = '', count = '0'] = process.argv.slice(2)
await using store = await openTrackingStore({ directory })
for (let step = 0; step < Number(count); step++) {
  const points = Array.from({ length: 50 }, (_, i) => ({
    key: i === 0 ? 'shared' : `${writer}/${i}`,
    value: step,
    timestamp: Number(writer),
    step,
  }))
  // Two at once share a commit, and one of them is not taken.
  const unfit = store.logParams(runId, { p: writer }).catch(() => undefined)
  await store.logMetrics(runId, points)
  await unfit
  process.stdout.write(`${step}\n`)
}
