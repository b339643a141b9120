/** Searching versions of registered models in the tracking database. */

import type { ModelVersion, Page, Search } from '../../core/tracking.ts'
import type { TrackingDatabase } from '../store/database-store.ts'
import { completeVersions } from '../store/model-versions-store.ts'
import { cutPage, offsetOf } from '../store/page.ts'
import { parseFilter, parseOrderBy, type Searchable } from './search-filter.ts'
import { planConditions, planOrder, type SearchTables } from './search-sql.ts'

const searchableVersion: Searchable = {
  entities: new Set(['attribute', 'tag']),
  attributes: {
    name: 'text',
    run_id: 'text',
    source_path: 'text',
    version_number: 'number',
    creation_timestamp: 'number',
    last_updated_timestamp: 'number',
  },
}

const tables: SearchTables = {
  columns: {
    name: 'name',
    run_id: 'run_id',
    source_path: 'source',
    version_number: 'version',
    creation_timestamp: 'creation_timestamp',
    last_updated_timestamp: 'last_updated_timestamp',
  },
  sides: {
    tag: {
      table: 'model_version_tags',
      on: 'side.name = model_versions.name AND side.version = model_versions.version',
    },
  },
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function searchModelVersions(
  database: TrackingDatabase,
  search: Search,
): Page<ModelVersion> {
  const conditions = planConditions(parseFilter(search.filter ?? '', searchableVersion), tables)
  const order = planOrder(parseOrderBy(search.orderBy ?? [], searchableVersion), tables)
  const rows = database.rows(
    `SELECT * FROM model_versions WHERE TRUE${conditions.sql}
     ORDER BY ${order.sql}last_updated_timestamp DESC, name, version DESC LIMIT ? OFFSET ?`,
    [...conditions.values, ...order.values, search.maxResults + 1, offsetOf(search)],
  )
  const page = cutPage(rows, search)
  return { ...page, items: completeVersions(database, page.items) }
}
