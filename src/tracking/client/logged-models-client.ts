/** Logged models of the tracking contract over MLflow's REST API. */

import type { LoggedModelSearch, LoggedModelTracking } from '../../core/tracking.ts'
import type { Call, Connection, Message } from './connection-client.ts'
import { messageOf } from './message-values.ts'
import { parseLoggedModel } from './model-messages.ts'
import { parsePage } from './run-messages.ts'
import { formatPairs } from '../format-message.ts'

export function createLoggedModelClient(connection: Connection): LoggedModelTracking {
  const call = async (
    method: Call['method'],
    path: string,
    fields: Message,
    isRepeatable = true,
  ): Promise<Message> => {
    return connection.call({ method, path: `logged-models${path}`, fields, isRepeatable })
  }
  return {
    createLoggedModel: async (model) => {
      const fields = {
        experiment_id: model.experimentId,
        name: model.name,
        model_type: model.modelType,
        source_run_id: model.sourceRunId,
        params: formatPairs(model.params),
        tags: formatPairs(model.tags),
      }
      return parseLoggedModel(messageOf(await call('POST', '', fields, false), 'model'))
    },
    finishLoggedModel: async (modelId, status) => {
      // The id stands in the body too: a real server asks for it there.
      const answer = await call('PATCH', pathOf(modelId), { model_id: modelId, status })
      return parseLoggedModel(messageOf(answer, 'model'))
    },
    getLoggedModel: async (modelId) =>
      parseLoggedModel(messageOf(await call('GET', pathOf(modelId), {}), 'model')),
    deleteLoggedModel: async (modelId) => {
      await call('DELETE', pathOf(modelId), { model_id: modelId })
    },
    searchLoggedModels: async (search) => {
      const fields = formatSearch(search)
      return parsePage(await call('POST', '/search', fields), 'models', parseLoggedModel)
    },
    setLoggedModelTags: async (modelId, tags) => {
      const fields = { model_id: modelId, tags: formatPairs(tags) }
      await call('PATCH', `${pathOf(modelId)}/tags`, fields)
    },
    deleteLoggedModelTag: async (modelId, key) => {
      const path = `${pathOf(modelId)}/tags/${encodeURIComponent(key)}`
      await call('DELETE', path, { model_id: modelId, tag_key: key }, false)
    },
    logLoggedModelParams: async (modelId, params) => {
      const fields = { model_id: modelId, params: formatPairs(params) }
      await call('POST', `${pathOf(modelId)}/params`, fields, false)
    },
  }
}

function pathOf(modelId: string): string {
  return `/${encodeURIComponent(modelId)}`
}

function formatSearch(search: LoggedModelSearch): Message {
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
