/** Searching runs in the tracking database. */

import type { Page, Run, RunSearch } from '../../core/tracking.ts'
import type { TrackingDatabase } from '../store/database-store.ts'
import { toExperimentNumber } from '../store/experiments-store.ts'
import { cutPage, offsetOf } from '../store/page.ts'
import { completeRuns } from '../store/runs-store.ts'
import { parseFilter, parseOrderBy, type Searchable } from './search-filter.ts'
import { planConditions, planOrder, type SearchTables } from './search-sql.ts'
import { planStages } from '../store/view-type.ts'

/** The fields a search for runs may name. */
export const searchableRun: Searchable = {
  entities: new Set(['attribute', 'metric', 'param', 'tag']),
  attributes: {
    run_id: 'text',
    run_name: 'text',
    status: 'text',
    user_id: 'text',
    artifact_uri: 'text',
    start_time: 'number',
    end_time: 'number',
    created: 'number',
    Created: 'number',
  },
}

const tables: SearchTables = {
  columns: {
    run_id: 'run_id',
    run_name: 'run_name',
    status: 'status',
    user_id: 'user_id',
    artifact_uri: 'artifact_uri',
    start_time: 'start_time',
    end_time: 'end_time',
    created: 'start_time',
    Created: 'start_time',
  },
  sides: {
    metric: { table: 'latest_metrics', on: 'side.run_id = runs.run_id' },
    param: { table: 'params', on: 'side.run_id = runs.run_id' },
    tag: { table: 'tags', on: 'side.run_id = runs.run_id' },
  },
}

/** Runs of the given experiments; none when there are no experiments. @throws {ToolkitError} `TRACKING_INVALID` */
export function searchRuns(database: TrackingDatabase, search: RunSearch): Page<Run> {
  const experiments = JSON.stringify(search.experimentIds.map(toExperimentNumber))
  const conditions = planConditions(parseFilter(search.filter ?? '', searchableRun), tables)
  const order = planOrder(parseOrderBy(search.orderBy ?? [], searchableRun), tables)
  const rows = database.rows(
    `SELECT * FROM runs WHERE experiment_id IN (SELECT value FROM json_each(?))
     AND ${planStages(search.viewType ?? 'ACTIVE_ONLY')}${conditions.sql}
     ORDER BY ${order.sql}start_time DESC, run_id LIMIT ? OFFSET ?`,
    [experiments, ...conditions.values, ...order.values, search.maxResults + 1, offsetOf(search)],
  )
  const page = cutPage(rows, search)
  return { ...page, items: completeRuns(database, page.items) }
}

/** Active runs with all the given tags, newest first. */
export function findRuns(
  database: TrackingDatabase,
  experimentName: string,
  tags: Readonly<Record<string, string>>,
): Run[] {
  const conditions = planConditions(
    Object.entries(tags).map(([key, value]) => ({ entity: 'tag', key, operator: '=', value })),
    tables,
  )
  const rows = database.rows(
    `SELECT runs.* FROM runs JOIN experiments USING (experiment_id)
     WHERE experiments.name = ? AND runs.lifecycle_stage = 'active'${conditions.sql}
     ORDER BY start_time DESC, sequence DESC`,
    [experimentName, ...conditions.values],
  )
  return completeRuns(database, rows)
}
