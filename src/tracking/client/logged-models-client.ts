/** Logged models of the tracking contract over MLflow's REST API. */

import type { LoggedModelSearch, LoggedModelTracking } from '../../core/tracking.ts'
import type { Connection, Message } from './connection-client.ts'
import { messageOf } from './message-values.ts'
import { parseLoggedModel } from './model-messages.ts'
import { parsePage } from './page-messages.ts'
import { formatPairs } from '../format-message.ts'

export function createLoggedModelClient({ ask, askOnce }: Connection): LoggedModelTracking {
  return {
    createLoggedModel: async (model) => {
      const answer = await askOnce('POST', 'logged-models', {
        experiment_id: model.experimentId,
        name: model.name,
        model_type: model.modelType,
        source_run_id: model.sourceRunId,
        params: formatPairs(model.params),
        tags: formatPairs(model.tags),
      })
      return parseLoggedModel(messageOf(answer, 'model'))
    },
    finishLoggedModel: async (modelId, status) => {
      // The id stands in the body too: a real server asks for it there.
      const answer = await ask('PATCH', pathOf(modelId), { model_id: modelId, status })
      return parseLoggedModel(messageOf(answer, 'model'))
    },
    getLoggedModel: async (modelId) =>
      parseLoggedModel(messageOf(await ask('GET', pathOf(modelId)), 'model')),
    deleteLoggedModel: async (modelId) => {
      await ask('DELETE', pathOf(modelId), { model_id: modelId })
    },
    searchLoggedModels: async (search) => {
      const answer = await ask('POST', 'logged-models/search', formatLoggedModelSearch(search))
      return parsePage(answer, 'models', parseLoggedModel)
    },
    setLoggedModelTags: async (modelId, tags) => {
      const fields = { model_id: modelId, tags: formatPairs(tags) }
      await ask('PATCH', `${pathOf(modelId)}/tags`, fields)
    },
    deleteLoggedModelTag: async (modelId, key) => {
      const path = `${pathOf(modelId)}/tags/${encodeURIComponent(key)}`
      await askOnce('DELETE', path, { model_id: modelId, tag_key: key })
    },
    logLoggedModelParams: async (modelId, params) => {
      const fields = { model_id: modelId, params: formatPairs(params) }
      await askOnce('POST', `${pathOf(modelId)}/params`, fields)
    },
  }
}

function pathOf(modelId: string): string {
  return `logged-models/${encodeURIComponent(modelId)}`
}

function formatLoggedModelSearch(search: LoggedModelSearch): Message {
  return {
    experiment_ids: search.experimentIds,
    filter: search.filter,
    max_results: search.maxResults,
    page_token: search.pageToken,
    order_by: search.orderBy?.map((order) => ({
      field_name: order.field,
      ascending: order.isAscending,
      dataset_name: order.datasetName,
      dataset_digest: order.datasetDigest,
    })),
    datasets: search.datasets?.map(({ name, digest }) => ({
      dataset_name: name,
      dataset_digest: digest,
    })),
  }
}
