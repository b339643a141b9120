/** Searching logged models in the tracking database. */

import type { LoggedModel, LoggedModelSearch, Page } from '../../core/tracking.ts'
import type { TrackingDatabase } from '../store/database-store.ts'
import { toExperimentNumber } from '../store/experiments-store.ts'
import { completeLoggedModels } from '../store/logged-models-store.ts'
import { cutPage, offsetOf } from '../store/page.ts'
import { parseFilter, type Searchable } from './search-filter.ts'
import { planConditions, type SearchTables } from './search-sql.ts'

const searchableLoggedModel: Searchable = {
  entities: new Set(['attribute', 'metric', 'param', 'tag']),
  attributes: { name: 'text', model_id: 'text', source_run_id: 'text' },
}

const tables: SearchTables = {
  columns: { name: 'name', model_id: 'model_id', source_run_id: 'source_run_id' },
  sides: {
    metric: { table: 'logged_model_metrics', on: 'side.model_id = logged_models.model_id' },
    param: { table: 'logged_model_params', on: 'side.model_id = logged_models.model_id' },
    tag: { table: 'logged_model_tags', on: 'side.model_id = logged_models.model_id' },
  },
}

/** Active ones. @throws {ToolkitError} `TRACKING_INVALID` */
export function searchLoggedModels(
  database: TrackingDatabase,
  search: LoggedModelSearch,
): Page<LoggedModel> {
  const conditions = planConditions(parseFilter(search.filter ?? '', searchableLoggedModel), tables)
  const experiments = JSON.stringify(search.experimentIds.map(toExperimentNumber))
  const rows = database.rows(
    `SELECT * FROM logged_models WHERE lifecycle_stage = 'active'
     AND experiment_id IN (SELECT value FROM json_each(?))${conditions.sql}
     ORDER BY creation_time DESC, model_id LIMIT ? OFFSET ?`,
    [experiments, ...conditions.values, search.maxResults + 1, offsetOf(search)],
  )
  const page = cutPage(rows, search)
  return { ...page, items: completeLoggedModels(database, page.items) }
}
