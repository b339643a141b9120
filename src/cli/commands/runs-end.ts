import { Option, type Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import type { Run, RunStatus } from '../../core/tracking.ts'
import { findRun } from '../contexts/find-runs.ts'
import { addTrackerFlags, openTracker, type TrackerFlags } from '../flags/tracker-flags.ts'
import { formatTrackingJson } from '../output/tracking-json.ts'

const endings = ['FINISHED', 'FAILED', 'KILLED'] as const satisfies readonly RunStatus[]

/** `mlpt runs end`: for runs of machines that are gone, which nobody else can close. */
export function addEndCommand(runs: Command): void {
  addTrackerFlags(
    runs
      .command('end')
      .description('close runs that a machine which is gone has left open')
      .argument('<runs...>', 'their ids, or how the ids start')
      .addOption(
        new Option('--status <status>', 'how they ended').choices(endings).default('KILLED'),
      ),
  ).action(endRuns)
}

interface EndFlags extends TrackerFlags {
  readonly status: (typeof endings)[number]
}

/** All are found before the first is changed. */
async function endRuns(ids: readonly string[], flags: EndFlags): Promise<void> {
  await using tracking = await openTracker(flags)
  const runs: Run[] = []
  for (const id of new Set(ids)) runs.push(await findRun(tracking, id))
  checkOpen(runs)
  for (const { runId } of runs) await tracking.endRun(runId, flags.status, Date.now())
  if (flags.json === true) {
    process.stdout.write(formatTrackingJson({ ended: runs.map(({ runId }) => runId) }))
    return
  }
  for (const { runId, runName } of runs) {
    process.stdout.write(`ended ${runId} ${runName}: ${flags.status}\n`)
  }
}

/** How a run ended is not written anew. */
function checkOpen(runs: readonly Run[]): void {
  const over = runs.filter(({ status }) => status !== 'RUNNING' && status !== 'SCHEDULED')
  if (over.length === 0) return
  const list = over.map(({ runId, status }) => `'${runId}' is ${status}`).join(', ')
  throw new ToolkitError('TRACKING_INVALID', `these runs are over: ${list}`, {
    hint: 'leave them out; none was changed',
    details: { runs: over.map(({ runId, status }) => ({ runId, status })) },
  })
}
