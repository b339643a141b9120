/** Runs experiments, each in a work tree of its own, several at a time. */

import {
  openExperimentSession,
  type ExperimentResult,
  type SessionOptions,
} from './experiment-session-process.ts'
import type { Override } from './parse-override.ts'
import { planExperiments } from './plan-process.ts'

/** What to run, and what it needs from the world. */
export interface ExperimentOptions extends SessionOptions {
  readonly overrides: readonly Override[]
  readonly name: string | undefined
  /** Runs every stage whatever its state, and replaces an experiment of the given name. */
  readonly force: boolean
  /** How many run at once. */
  readonly jobs: number
}

/**
 * Runs one experiment for each combination of values and stores each that succeeds. The user's own
 * work tree, index and branch stay as they are; what is not committed there takes part.
 *
 * @returns results in the order of the combinations; failures are among them, not thrown
 * @throws {ToolkitError} `CLI_USAGE`, `PIPELINE_INVALID`, `FILE_MISSING`, `GIT_FAILED`
 */
export async function runExperiments(options: ExperimentOptions): Promise<ExperimentResult[]> {
  await using session = await openExperimentSession(options)
  const { repository, builder, start } = session
  const experiments = planExperiments(repository, builder, { ...options, ...start })
  options.report({ kind: 'planned', experiments })
  const results: ExperimentResult[] = []
  const queue = experiments.entries()
  const work = async (): Promise<void> => {
    for (const [i, experiment] of queue) {
      const result = await session.run(experiment)
      results[i] = result
      options.report({ kind: 'finished', result })
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, work))
  return results
}
