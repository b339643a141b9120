import { readAll } from '../tracking/all-pages.ts'
import { isOwnerAlive, type RunOwner } from './run-owner.ts'
import type { TrackedContext } from './step.ts'

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
  const search = {
    experimentIds: [experiment.experimentId],
    filter: "attributes.status = 'RUNNING'",
    maxResults: 1000,
  }
  // All of them first: one that is closed would move those behind it to another page.
  const open = await readAll((pageToken) => tracking.searchRuns({ ...search, pageToken }))
  for (const run of open) {
    if (run.tags[key] !== value || isOwnerAlive(run, context)) continue
    await tracking.endRun(run.runId, 'KILLED', now())
  }
}
