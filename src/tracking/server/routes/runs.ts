import { searchableRun } from '../../search/run-search.ts'
import { parseFilter, parseOrderBy } from '../../search/search-filter.ts'
import { formatMetric, formatRun } from './messages.ts'
import { formatNextPage, readPage, readRunId, readViewType } from './parameters.ts'
import type { Route } from './route.ts'

/** Reading runs and their metrics. */
export const runRoutes: readonly Route[] = [
  {
    methods: ['GET'],
    path: 'runs/get',
    answer: async (parameters, store) => ({
      run: formatRun(await store.getRun(readRunId(parameters))),
    }),
  },
  {
    methods: ['POST'],
    path: 'runs/search',
    answer: async (parameters, store) => {
      const page = readPage(parameters, { fallback: 1000, most: 50_000 })
      const { items, hasMore } = await store.searchRuns({
        ...page,
        experimentIds: parameters.texts('experiment_ids'),
        viewType: readViewType(parameters, 'run_view_type'),
        filter: parseFilter(parameters.text('filter') ?? '', searchableRun),
        orderBy: parseOrderBy(parameters.texts('order_by'), searchableRun),
      })
      return { runs: items.map(formatRun), ...formatNextPage(page, hasMore) }
    },
  },
  {
    methods: ['GET'],
    path: 'metrics/get-history',
    answer: async (parameters, store) => {
      // Without max_results MLflow answers everything at once.
      const page = readPage(parameters, { fallback: maxHistory, most: maxHistory })
      const { items, hasMore } = await store.readMetricHistory({
        ...page,
        runId: readRunId(parameters),
        key: parameters.requiredText('metric_key'),
      })
      return { metrics: items.map(formatMetric), ...formatNextPage(page, hasMore) }
    },
  },
]

const maxHistory = 1_000_000
