import { ToolkitError } from '../../../core/errors.ts'
import { parseVersion } from '../../store/names.ts'
import { searchableModel } from '../../store/registry-search.ts'
import { parseFilter, parseOrderBy } from '../../search/search-filter.ts'
import { formatAuditEntry, formatModelVersion, formatRegisteredModel } from './messages.ts'
import { formatNextPage, readPage } from './parameters.ts'
import type { Route } from './route.ts'

/** Reading registered models. */
export const registeredModelRoutes: readonly Route[] = [
  {
    methods: ['GET'],
    path: 'registered-models/get',
    answer: async (parameters, store) => {
      const model = await store.getRegisteredModel(parameters.requiredText('name'))
      const latest = await store.findLatestVersion(model.name)
      return { registered_model: formatRegisteredModel(model, latest) }
    },
  },
  {
    methods: ['GET'],
    path: 'registered-models/search',
    answer: async (parameters, store) => {
      const page = readPage(parameters, { fallback: 100, most: 1000 })
      const { items, hasMore } = await store.searchRegisteredModels({
        ...page,
        filter: parseFilter(parameters.text('filter') ?? '', searchableModel),
        orderBy: parseOrderBy(parameters.texts('order_by'), searchableModel),
      })
      const models = items.map(async (model) =>
        formatRegisteredModel(model, await store.findLatestVersion(model.name)),
      )
      return { registered_models: await Promise.all(models), ...formatNextPage(page, hasMore) }
    },
  },
  {
    methods: ['GET'],
    path: 'registered-models/alias',
    answer: async (parameters, store) => {
      const { name } = await store.getRegisteredModel(parameters.requiredText('name'))
      const alias = parameters.requiredText('alias')
      // A version's number is no alias, though the store takes either.
      const isNumber = parseVersion(alias) !== undefined
      const version = isNumber ? undefined : await store.findModelVersion(name, alias)
      if (version !== undefined) return { model_version: formatModelVersion(version) }
      throw new ToolkitError('TRACKING_INVALID', `Registered model alias ${alias} not found.`)
    },
  },
  {
    methods: ['GET', 'POST'],
    path: 'registered-models/get-latest-versions',
    answer: async (parameters, store) => {
      const { name } = await store.getRegisteredModel(parameters.requiredText('name'))
      const stages = parameters.texts('stages').map(checkStage)
      const latest = await store.findLatestVersion(name)
      const isAsked = stages.length === 0 || stages.includes('none')
      return { model_versions: isAsked && latest !== undefined ? [formatModelVersion(latest)] : [] }
    },
  },
  {
    // Not MLflow's: the reasons behind versions and alias moves, which it does not keep.
    methods: ['GET'],
    path: 'registered-models/audit',
    answer: async (parameters, store) => {
      const { name } = await store.getRegisteredModel(parameters.requiredText('name'))
      return { entries: (await store.readAudit(name)).map(formatAuditEntry) }
    },
  },
]

/** Every version is in stage None: moving them is deprecated in MLflow and not offered here. */
function checkStage(stage: string): string {
  const known = ['none', 'staging', 'production', 'archived']
  if (known.includes(stage.toLowerCase())) return stage.toLowerCase()
  throw new ToolkitError(
    'TRACKING_INVALID',
    `Invalid Model Version stage: ${stage}. Value must be one of None, Staging, Production, Archived.`,
  )
}
