/** Logs 900 points to a run in the store of a folder, says so, and waits to be killed. */

import { once } from 'node:events'
import { openTracking } from '../../src/tracking/client/open-tracking.ts'
import { startRun } from '../../src/tracking/client/start-run.ts'

const tracking = await openTracking(process.argv[2])
const run = await startRun(tracking, {
  context: false,
  systemMetrics: false,
  flushIntervalMs: 3_600_000,
})
await run.logParam('depth', 4)
for (let step = 0; step < 900; step++) {
  run.logMetric('loss', step % 5 === 0 ? NaN : step / 8, { step, timestamp: step })
}
process.stdout.write(`${run.runId}\n`)
await once(process.stdin, 'end')
