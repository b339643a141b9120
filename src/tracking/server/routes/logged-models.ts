import { loggedModelStatuses } from '../../../core/tracking.ts'
import {
  flag,
  list,
  object,
  oneOf,
  optional,
  pairs,
  required,
  requiredText,
  text,
} from '../fields.ts'
import { formatPage, pageFields } from '../page-fields.ts'
import { route, type Route } from '../route.ts'
import { formatFile } from './messages.ts'
import { formatLoggedModel } from './model-messages.ts'
import { listOf } from '../../format-message.ts'

const model = 'logged-models/:model_id'

/** Models as they are made, of MLflow 3. */
export const loggedModelRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'logged-models',
    permission: 'write',
    summary: 'Create a logged model; its files follow',
    fields: {
      experiment_id: requiredText,
      name: text,
      model_type: text,
      source_run_id: text,
      params: pairs,
      tags: pairs,
    },
    answer: async (values, { store }) => {
      const created = await store.createLoggedModel({
        experimentId: values.experiment_id,
        name: values.name,
        modelType: values.model_type,
        sourceRunId: values.source_run_id,
        params: values.params,
        tags: values.tags,
      })
      return { model: formatLoggedModel(created) }
    },
  }),
  route({
    methods: ['GET'],
    path: model,
    permission: 'read',
    summary: 'A logged model',
    fields: { model_id: requiredText, allow_deleted: flag },
    answer: async ({ model_id, allow_deleted }, { store }) => {
      const deleted = allow_deleted ? await store.findLoggedModel(model_id) : undefined
      return { model: formatLoggedModel(deleted ?? (await store.getLoggedModel(model_id))) }
    },
  }),
  route({
    methods: ['PATCH'],
    path: model,
    permission: 'write',
    summary: 'Say how the upload of a logged model ended',
    fields: { model_id: requiredText, status: required(oneOf(loggedModelStatuses)) },
    answer: async ({ model_id, status }, { store }) => ({
      model: formatLoggedModel(await store.finishLoggedModel(model_id, status)),
    }),
  }),
  route({
    methods: ['DELETE'],
    path: model,
    permission: 'write',
    summary: 'Mark a logged model as deleted',
    fields: { model_id: requiredText },
    answer: async ({ model_id }, { store }) => store.deleteLoggedModel(model_id),
  }),
  searchRoute(),
  route({
    methods: ['PATCH'],
    path: `${model}/tags`,
    permission: 'write',
    summary: 'Set tags of a logged model',
    fields: { model_id: requiredText, tags: pairs },
    answer: async ({ model_id, tags }, { store }) => store.setLoggedModelTags(model_id, tags),
  }),
  route({
    methods: ['DELETE'],
    path: `${model}/tags/:tag_key`,
    permission: 'write',
    summary: 'Delete a tag of a logged model',
    fields: { model_id: requiredText, tag_key: requiredText },
    answer: async ({ model_id, tag_key }, { store }) =>
      store.deleteLoggedModelTag(model_id, tag_key),
  }),
  route({
    methods: ['POST'],
    path: `${model}/params`,
    permission: 'write',
    summary: 'Add params to a logged model; each is written once',
    fields: { model_id: requiredText, params: pairs },
    answer: async ({ model_id, params }, { store }) => store.logLoggedModelParams(model_id, params),
  }),
  route({
    methods: ['GET'],
    path: `${model}/artifacts/directories`,
    permission: 'read',
    summary: 'The files of a logged model directly below a folder',
    fields: { model_id: requiredText, artifact_directory_path: text },
    answer: async ({ model_id, artifact_directory_path = '' }, { store }) => {
      const { artifactUri } = await store.getLoggedModel(model_id)
      const files = await store.listArtifacts({ modelId: model_id }, artifact_directory_path)
      return {
        root_uri: artifactUri,
        files: listOf(files.map(formatFile)),
      }
    },
  }),
]

function searchRoute(): Route {
  return route({
    methods: ['POST'],
    path: 'logged-models/search',
    permission: 'read',
    summary: 'Logged models that a filter matches',
    fields: {
      // An empty one finds nothing.
      experiment_ids: required(optional(list(requiredText))),
      filter: text,
      datasets: list(object({ dataset_name: requiredText, dataset_digest: text })),
      ...pageFields({ fallback: 50, most: 10_000, zero: 100 }),
      order_by: list(
        object({
          field_name: requiredText,
          ascending: optional(flag),
          dataset_name: text,
          dataset_digest: text,
        }),
      ),
    },
    answer: async (values, { store }) => {
      const page = await store.searchLoggedModels({
        experimentIds: values.experiment_ids,
        filter: values.filter ?? '',
        datasets: values.datasets.map(({ dataset_name, dataset_digest }) => ({
          name: dataset_name,
          digest: dataset_digest || undefined,
        })),
        orderBy: values.order_by.map((order) => ({
          field: order.field_name,
          isAscending: order.ascending ?? true,
          datasetName: order.dataset_name || undefined,
          datasetDigest: order.dataset_digest || undefined,
        })),
        maxResults: values.max_results,
        pageToken: values.page_token,
      })
      return formatPage(page, 'models', formatLoggedModel)
    },
  })
}
