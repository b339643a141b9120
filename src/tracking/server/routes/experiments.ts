import { ToolkitError } from '../../../core/errors.ts'
import { searchableExperiment } from '../../store/experiments-store.ts'
import { parseFilter, parseOrderBy } from '../../search/search-filter.ts'
import { formatExperiment } from './messages.ts'
import { formatNextPage, readPage, readViewType } from './parameters.ts'
import type { Route } from './route.ts'

/** Reading experiments. */
export const experimentRoutes: readonly Route[] = [
  {
    methods: ['GET'],
    path: 'experiments/get',
    answer: async (parameters, store) => {
      const experiment = await store.getExperiment(parameters.requiredText('experiment_id'))
      return { experiment: formatExperiment(experiment) }
    },
  },
  {
    methods: ['GET'],
    path: 'experiments/get-by-name',
    answer: async (parameters, store) => {
      const name = parameters.requiredText('experiment_name')
      const experiment = await store.findExperimentByName(name)
      if (experiment !== undefined) return { experiment: formatExperiment(experiment) }
      throw new ToolkitError('TRACKING_NOT_FOUND', `Could not find experiment with name '${name}'`)
    },
  },
  {
    methods: ['GET', 'POST'],
    path: 'experiments/search',
    answer: async (parameters, store) => {
      const page = readPage(parameters, { fallback: undefined, most: 50_000 })
      const { items, hasMore } = await store.searchExperiments({
        ...page,
        viewType: readViewType(parameters, 'view_type'),
        filter: parseFilter(parameters.text('filter') ?? '', searchableExperiment),
        orderBy: parseOrderBy(parameters.texts('order_by'), searchableExperiment),
      })
      return { experiments: items.map(formatExperiment), ...formatNextPage(page, hasMore) }
    },
  },
]
