import { ToolkitError } from '../../../core/errors.ts'
import { viewTypes } from '../../../core/tracking.ts'
import { list, oneOf, pairs, requiredText, text } from '../fields.ts'
import { formatPage, searchFields, toSearch } from '../page-fields.ts'
import { route, type Route } from '../route.ts'
import { formatDatasetSummary, formatExperiment } from './messages.ts'
import { listOf } from '../../format-message.ts'

/** A list of datasets may be asked for of so many experiments. */
const mostExperiments = 20

/** Finding and reading experiments. */
const readingRoutes: readonly Route[] = [
  route({
    methods: ['GET'],
    path: 'experiments/get',
    permission: 'read',
    summary: 'An experiment, deleted ones too',
    fields: { experiment_id: requiredText },
    answer: async ({ experiment_id }, { store }) => ({
      experiment: formatExperiment(await store.getExperiment(experiment_id)),
    }),
  }),
  route({
    methods: ['GET'],
    path: 'experiments/get-by-name',
    permission: 'read',
    summary: 'An experiment by its name, deleted ones too',
    fields: { experiment_name: requiredText },
    answer: async ({ experiment_name: name }, { store }) => {
      const experiment = await store.findExperimentByName(name)
      if (experiment !== undefined) return { experiment: formatExperiment(experiment) }
      throw new ToolkitError('TRACKING_NOT_FOUND', `Could not find experiment with name '${name}'`)
    },
  }),
  route({
    methods: ['GET', 'POST'],
    path: 'experiments/search',
    permission: 'read',
    summary: 'Experiments by filter and order',
    fields: {
      ...searchFields({ fallback: undefined, most: 50_000 }),
      view_type: oneOf(viewTypes),
    },
    answer: async (values, { store }) => {
      const viewType = values.view_type ?? 'ACTIVE_ONLY'
      const page = await store.searchExperiments({ ...toSearch(values), viewType })
      return formatPage(page, 'experiments', formatExperiment)
    },
  }),
  route({
    methods: ['POST'],
    path: 'experiments/search-datasets',
    permission: 'read',
    summary: 'The datasets that runs of the experiments read',
    fields: { experiment_ids: list(requiredText) },
    answer: async ({ experiment_ids: ids }, { store }) => {
      if (ids.length === 0) throw datasetRefusal('must specify at least one experiment_id.')
      if (ids.length > mostExperiments) {
        throw datasetRefusal(`cannot specify more than ${mostExperiments} experiment_ids.`)
      }
      const datasets = await store.searchDatasets(ids)
      return { dataset_summaries: listOf(datasets.map(formatDatasetSummary)) }
    },
  }),
]

/** In MLflow's words. */
function datasetRefusal(what: string): ToolkitError {
  return new ToolkitError('TRACKING_INVALID', `SearchDatasets request ${what}`)
}

/** Making and changing experiments. */
const writingRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'experiments/create',
    permission: 'write',
    summary: 'Create an experiment',
    fields: { name: requiredText, artifact_location: text, tags: pairs },
    answer: async (values, { store }) => ({
      experiment_id: await store.createExperiment({
        name: values.name,
        artifactLocation: values.artifact_location,
        tags: values.tags,
      }),
    }),
  }),
  route({
    methods: ['POST'],
    path: 'experiments/update',
    permission: 'write',
    summary: 'Rename an experiment',
    fields: { experiment_id: requiredText, new_name: requiredText },
    answer: async ({ experiment_id, new_name }, { store }) =>
      store.renameExperiment(experiment_id, new_name),
  }),
  route({
    methods: ['POST'],
    path: 'experiments/delete',
    permission: 'write',
    summary: 'Mark an experiment and its runs as deleted',
    fields: { experiment_id: requiredText },
    answer: async ({ experiment_id }, { store }) => store.deleteExperiment(experiment_id),
  }),
  route({
    methods: ['POST'],
    path: 'experiments/restore',
    permission: 'write',
    summary: 'Take back the deletion of an experiment and its runs',
    fields: { experiment_id: requiredText },
    answer: async ({ experiment_id }, { store }) => store.restoreExperiment(experiment_id),
  }),
  route({
    methods: ['POST'],
    path: 'experiments/set-experiment-tag',
    permission: 'write',
    summary: 'Set a tag of an experiment',
    fields: { experiment_id: requiredText, key: requiredText, value: text },
    answer: async ({ experiment_id, key, value }, { store }) =>
      store.setExperimentTag(experiment_id, key, value ?? ''),
  }),
  route({
    methods: ['POST'],
    path: 'experiments/delete-experiment-tag',
    permission: 'write',
    summary: 'Remove a tag of an experiment',
    fields: { experiment_id: requiredText, key: requiredText },
    answer: async ({ experiment_id, key }, { store }) =>
      store.deleteExperimentTag(experiment_id, key),
  }),
]

export const experimentRoutes: readonly Route[] = [...readingRoutes, ...writingRoutes]
