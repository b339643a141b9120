/** Searching versions of registered models in the tracking database. */

import type { ModelVersion, Page, Search } from '../../core/tracking.ts'
import type { TrackingDatabase } from '../store/database/database-store.ts'
import { completeVersions } from '../store/registry/model-versions-store.ts'
import { planOrder } from './order-sql.ts'
import { pairsSide } from './pairs-side.ts'
import { parseOrder } from './parse-order.ts'
import { planWithoutPrompts } from './prompts.ts'
import type { Searchable } from './searchable.ts'
import { followedBy, selectPage } from './select-page.ts'

const searchableVersion: Searchable = {
  attributes: {
    name: { type: 'text', sql: 'name' },
    version_number: { type: 'integer', sql: 'version' },
    // MLflow's server stores an empty text where there is no run.
    run_id: { type: 'text', sql: `ifnull(run_id, '')` },
    source_path: { type: 'text', sql: 'source' },
    creation_timestamp: { type: 'number', sql: 'creation_timestamp' },
    last_updated_timestamp: { type: 'number', sql: 'last_updated_timestamp' },
  },
  sides: {
    tag: pairsSide(
      'model_version_tags',
      'side.name = model_versions.name AND side.version = model_versions.version',
    ),
  },
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function searchModelVersions(
  database: TrackingDatabase,
  search: Search,
): Page<ModelVersion> {
  const { filter = '', orderBy = [] } = search
  const where = planWithoutPrompts(filter, searchableVersion, 'model_version_tags')
  const order = planOrder(parseOrder(orderBy, searchableVersion), searchableVersion)
  const ties =
    orderBy.length === 0 ? 'last_updated_timestamp DESC, name, version DESC' : 'name, version DESC'
  const page = selectPage(
    database,
    { table: 'model_versions', where, order: followedBy(order, ties) },
    search,
  )
  return { ...page, items: completeVersions(database, page.items) }
}
