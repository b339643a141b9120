import { ToolkitError } from '../../../core/errors.ts'
import type { ModelVersion } from '../../../core/tracking.ts'
import { parseVersion } from '../../store/names.ts'
import { searchableVersion } from '../../store/registry-search.ts'
import { parseFilter, parseOrderBy } from '../../search/search-filter.ts'
import type { TrackingStore } from '../../store/sqlite-store.ts'
import { formatModelVersion } from './messages.ts'
import { formatNextPage, readPage, type Parameters } from './parameters.ts'
import type { Route } from './route.ts'

/** Reading model versions. */
export const modelVersionRoutes: readonly Route[] = [
  {
    methods: ['GET'],
    path: 'model-versions/get',
    answer: async (parameters, store) => ({
      model_version: formatModelVersion(await readVersion(parameters, store)),
    }),
  },
  {
    methods: ['GET'],
    path: 'model-versions/get-download-uri',
    answer: async (parameters, store) => ({
      artifact_uri: (await readVersion(parameters, store)).source,
    }),
  },
  {
    methods: ['GET'],
    path: 'model-versions/search',
    answer: async (parameters, store) => {
      const page = readPage(parameters, { fallback: 200_000, most: 200_000 })
      const { items, hasMore } = await store.searchModelVersions({
        ...page,
        filter: parseFilter(parameters.text('filter') ?? '', searchableVersion),
        orderBy: parseOrderBy(parameters.texts('order_by'), searchableVersion),
      })
      return { model_versions: items.map(formatModelVersion), ...formatNextPage(page, hasMore) }
    },
  },
]

async function readVersion(parameters: Parameters, store: TrackingStore): Promise<ModelVersion> {
  const name = parameters.requiredText('name')
  const text = parameters.requiredText('version')
  if (parseVersion(text) === undefined) {
    throw new ToolkitError('TRACKING_INVALID', `Model version must be an integer, got '${text}'`)
  }
  const version = await store.findModelVersion(name, text)
  if (version !== undefined) return version
  throw new ToolkitError(
    'TRACKING_NOT_FOUND',
    `Model Version (name=${name}, version=${text}) not found`,
  )
}
