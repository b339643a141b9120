/** The condition that a row is of certain experiments. */

import { toExperimentNumber } from '../store/runs/experiments-store.ts'
import type { SqlPart } from './searchable.ts'

/** None: no row fits. @throws {ToolkitError} `TRACKING_INVALID` for an id that is no whole number. */
export function planExperiments(experimentIds: readonly string[]): SqlPart {
  const ids = [...new Set(experimentIds.map(toExperimentNumber))]
  // With one, an index has the rows in the usual order already.
  if (ids.length === 1) return { sql: 'experiment_id = ?', values: ids }
  return {
    sql: 'experiment_id IN (SELECT value FROM json_each(?))',
    values: [JSON.stringify(ids)],
  }
}
