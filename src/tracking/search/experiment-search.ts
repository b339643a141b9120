/** Searching experiments in the tracking database. */

import type { Experiment, ExperimentSearch, Page } from '../../core/tracking.ts'
import type { TrackingDatabase } from '../store/database-store.ts'
import { completeExperiments } from '../store/experiments-store.ts'
import { cutPage, offsetOf } from '../store/page.ts'
import { planStages } from '../store/view-type.ts'
import { parseFilter, parseOrderBy, type Searchable } from './search-filter.ts'
import { planConditions, planOrder, type SearchTables } from './search-sql.ts'

const searchableExperiment: Searchable = {
  entities: new Set(['attribute', 'tag']),
  attributes: {
    name: 'text',
    experiment_id: 'text',
    creation_time: 'number',
    last_update_time: 'number',
  },
}

const tables: SearchTables = {
  columns: {
    name: 'name',
    experiment_id: 'CAST(experiment_id AS TEXT)',
    creation_time: 'creation_time',
    last_update_time: 'last_update_time',
  },
  sides: {
    tag: { table: 'experiment_tags', on: 'side.experiment_id = experiments.experiment_id' },
  },
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function searchExperiments(
  database: TrackingDatabase,
  search: ExperimentSearch,
): Page<Experiment> {
  const conditions = planConditions(parseFilter(search.filter ?? '', searchableExperiment), tables)
  const order = planOrder(parseOrderBy(search.orderBy ?? [], searchableExperiment), tables)
  const ties = order.sql === '' ? 'creation_time DESC, experiment_id' : 'experiment_id DESC'
  const rows = database.rows(
    `SELECT * FROM experiments WHERE ${planStages(search.viewType ?? 'ACTIVE_ONLY')}${conditions.sql}
     ORDER BY ${order.sql}${ties} LIMIT ? OFFSET ?`,
    [...conditions.values, ...order.values, search.maxResults + 1, offsetOf(search)],
  )
  const page = cutPage(rows, search)
  return { ...page, items: completeExperiments(database, page.items) }
}
