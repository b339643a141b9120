import { isOwnerAlive, type RunOwner } from './run-owner.ts'
import type { TrackedContext } from './step.ts'

/** So many open runs one search tells; the next process closes what is left. */
const mostOpen = 1000

/**
 * What was killed left its runs open: they are over, and say so.
 *
 * @param tag - that the runs in question carry
 */
export async function closeDeadRuns(
  context: Pick<TrackedContext, 'tracking' | 'now' | keyof RunOwner>,
  experimentName: string,
  [key, value]: readonly [key: string, value: string],
): Promise<void> {
  const { tracking, now } = context
  const experiment = await tracking.findExperimentByName(experimentName)
  if (experiment === undefined) return
  const { items: open } = await tracking.searchRuns({
    experimentIds: [experiment.experimentId],
    filter: "attributes.status = 'RUNNING'",
    maxResults: mostOpen,
  })
  for (const run of open) {
    if (run.tags[key] !== value || isOwnerAlive(run, context)) continue
    await tracking.endRun(run.runId, 'KILLED', now())
  }
}
