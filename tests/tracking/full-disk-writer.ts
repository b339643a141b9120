/** Logs points until the file that keeps them may not grow, ends the run, and says how far it came. */

import { ToolkitError } from '../../src/core/errors.ts'
import { openTracking } from '../../src/tracking/client/open-tracking.ts'
import { startRun } from '../../src/tracking/client/start-run.ts'

const [uri, spoolDirectory = ''] = process.argv.slice(2)
const tracking = await openTracking(uri)
const run = await startRun(tracking, { context: false, spoolDirectory, flushIntervalMs: 3_600_000 })
let count = 0
let code = ''
while (code === '') {
  try {
    run.logMetric('loss', 1, { step: count, timestamp: 1 })
    count++
  } catch (error) {
    code = error instanceof ToolkitError ? error.code : String(error)
  }
}
await run.end()
process.stdout.write(JSON.stringify({ runId: run.runId, code, count }))
