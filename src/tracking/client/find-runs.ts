import { ToolkitError } from '../../core/errors.ts'
import type { ExperimentTracking, Run, RunTracking, ViewType } from '../../core/tracking.ts'
import { readAll } from '../all-pages.ts'

/** Which runs, of which experiments. */
export interface RunQuery {
  /** One of both, or both. */
  readonly experimentNames?: readonly string[]
  readonly experimentIds?: readonly string[]
  /** In MLflow's grammar: `metrics.auc > 0.8 AND params.model = 'boosting'`. */
  readonly filter?: string
  /** `metrics.auc DESC`; newest first by default. */
  readonly orderBy?: readonly string[]
  /** ACTIVE_ONLY by default. */
  readonly viewType?: ViewType
  /** All that there are by default. */
  readonly limit?: number
}

const pageSize = 1000

/**
 * The runs that a filter finds, in order, over as many pages as it takes.
 *
 * @throws {ToolkitError} `TRACKING_NOT_FOUND` for an experiment that is not there,
 *   `TRACKING_INVALID` for a filter or order that is none
 */
export async function searchRuns(
  tracking: ExperimentTracking & RunTracking,
  query: RunQuery,
): Promise<readonly Run[]> {
  const { limit = Infinity, experimentNames = [], experimentIds = [], ...rest } = query
  const named = await Promise.all(experimentNames.map((name) => idOf(tracking, name)))
  let left = limit
  const search = { ...rest, experimentIds: [...experimentIds, ...named] }
  const runs = await readAll(async (pageToken) => {
    const maxResults = Math.min(pageSize, left)
    const page = await tracking.searchRuns({ ...search, maxResults, pageToken })
    left -= page.items.length
    return left > 0 ? page : { ...page, nextPageToken: undefined }
  })
  return runs
}

async function idOf(tracking: ExperimentTracking, name: string): Promise<string> {
  const found = await tracking.findExperimentByName(name)
  if (found !== undefined) return found.experimentId
  throw new ToolkitError('TRACKING_NOT_FOUND', `Could not find experiment with name '${name}'`)
}
