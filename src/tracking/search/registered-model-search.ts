/** Searching registered models in the tracking database. */

import type { Page, RegisteredModel, Search } from '../../core/tracking.ts'
import type { TrackingDatabase } from '../store/database-store.ts'
import { cutPage, offsetOf } from '../store/page.ts'
import { completeModels } from '../store/registered-models-store.ts'
import { parseFilter, parseOrderBy, type Clause, type Searchable } from './search-filter.ts'
import { planConditions, planOrder, type SearchTables } from './search-sql.ts'

const searchableModel: Searchable = {
  entities: new Set(['attribute', 'tag']),
  attributes: { name: 'text', timestamp: 'number', last_updated_timestamp: 'number' },
}

const tables: SearchTables = {
  columns: {
    name: 'name',
    timestamp: 'last_updated_timestamp',
    last_updated_timestamp: 'last_updated_timestamp',
  },
  sides: { tag: { table: 'registered_model_tags', on: 'side.name = registered_models.name' } },
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function searchRegisteredModels(
  database: TrackingDatabase,
  search: Search,
): Page<RegisteredModel> {
  const clauses = parseFilter(search.filter ?? '', searchableModel)
  const conditions = planConditions(clauses.filter(canExclude), tables)
  const order = planOrder(parseOrderBy(search.orderBy ?? [], searchableModel), tables)
  const rows = database.rows(
    `SELECT * FROM registered_models WHERE TRUE${conditions.sql}
     ORDER BY ${order.sql}name LIMIT ? OFFSET ?`,
    [...conditions.values, ...order.values, search.maxResults + 1, offsetOf(search)],
  )
  const page = cutPage(rows, search)
  return { ...page, items: completeModels(database, page.items) }
}

function canExclude({ entity, key, operator, value }: Clause): boolean {
  const isPrompt = entity === 'tag' && key === 'mlflow.prompt.is_prompt'
  return !(isPrompt && operator === '!=' && value === 'true')
}
