/** Searching experiments in the tracking database. */

import type { Experiment, ExperimentSearch, Page } from '../../core/tracking.ts'
import type { TrackingDatabase } from '../store/database/database-store.ts'
import { completeExperiments } from '../store/runs/experiments-store.ts'
import { planStages } from './view-type.ts'
import { planCondition } from './condition-sql.ts'
import { planOrder } from './order-sql.ts'
import { pairsSide } from './pairs-side.ts'
import { parseFilter } from './parse-filter.ts'
import { parseOrder } from './parse-order.ts'
import type { Searchable } from './searchable.ts'
import { followedBy, plainSql, selectPage } from './select-page.ts'

const searchableExperiment: Searchable = {
  attributes: {
    name: { type: 'text', sql: 'name' },
    experiment_id: { type: 'integer', sql: 'experiment_id' },
    creation_time: { type: 'number', sql: 'creation_time' },
    last_update_time: { type: 'number', sql: 'last_update_time' },
  },
  sides: { tag: pairsSide('experiment_tags', 'side.experiment_id = experiments.experiment_id') },
  allowsRepeatedOrder: true,
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function searchExperiments(
  database: TrackingDatabase,
  search: ExperimentSearch,
): Page<Experiment> {
  const { viewType = 'ACTIVE_ONLY', filter = '', orderBy = [] } = search
  const condition = planCondition(parseFilter(filter, searchableExperiment), searchableExperiment)
  const order = planOrder(parseOrder(orderBy, searchableExperiment), searchableExperiment)
  const ties = orderBy.length === 0 ? 'creation_time DESC, experiment_id' : 'experiment_id DESC'
  const page = selectPage(
    database,
    {
      table: 'experiments',
      where: [plainSql(planStages(viewType)), condition],
      order: followedBy(order, ties),
    },
    search,
  )
  return { ...page, items: completeExperiments(database, page.items) }
}
