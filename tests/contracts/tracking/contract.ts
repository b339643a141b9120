/** What every implementation of the tracking contract must do, whatever lies behind it. */

import { describe } from 'node:test'
import { describeArtifacts } from './artifacts.ts'
import { describeExperiments } from './experiments.ts'
import { describeLoggedModels } from './logged-models.ts'
import { describeLogging } from './logging.ts'
import { describeMetrics } from './metrics.ts'
import { describeRegistry } from './registry.ts'
import { describeRuns } from './runs.ts'
import { describeSearch } from './search.ts'
import type { TrackerUnderTest } from './trackers.ts'

/** @param tracker - `open` gives a tracker and closes what it opened when disposed */
export function testTrackingContract(name: string, tracker: TrackerUnderTest): void {
  describe(`${name} as a tracker`, () => {
    describeExperiments(tracker)
    describeRuns(tracker)
    describeLogging(tracker)
    describeMetrics(tracker)
    describeSearch(tracker)
    describeArtifacts(tracker)
    describeLoggedModels(tracker)
    describeRegistry(tracker)
  })
}
