/** Searching registered models in the tracking database. */

import type { Page, RegisteredModel, Search } from '../../core/tracking.ts'
import type { TrackingDatabase } from '../store/database/database-store.ts'
import { completeModels } from '../store/registry/registered-models-store.ts'
import { planOrder } from './order-sql.ts'
import { pairsSide } from './pairs-side.ts'
import { parseOrder } from './parse-order.ts'
import { planWithoutPrompts } from './prompts.ts'
import type { Attribute, Searchable } from './searchable.ts'
import { followedBy, selectPage } from './select-page.ts'

const lastUpdated: Attribute = { type: 'number', sql: 'last_updated_timestamp' }

const searchableModel: Searchable = {
  attributes: {
    name: { type: 'text', sql: 'name' },
    timestamp: lastUpdated,
    last_updated_timestamp: lastUpdated,
    creation_timestamp: { type: 'number', sql: 'creation_timestamp' },
  },
  sides: { tag: pairsSide('registered_model_tags', 'side.name = registered_models.name') },
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function searchRegisteredModels(
  database: TrackingDatabase,
  search: Search,
): Page<RegisteredModel> {
  const where = planWithoutPrompts(search.filter ?? '', searchableModel, 'registered_model_tags')
  const order = planOrder(parseOrder(search.orderBy ?? [], searchableModel), searchableModel)
  const page = selectPage(
    database,
    { table: 'registered_models', where, order: followedBy(order, 'name') },
    search,
  )
  return { ...page, items: completeModels(database, page.items) }
}
