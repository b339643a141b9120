/** Experiments of the tracking contract over MLflow's REST API. */

import { ToolkitError } from '../../core/errors.ts'
import type { Experiment, ExperimentTracking } from '../../core/tracking.ts'
import { checkExperimentName, checkExperimentTag } from '../store/runs/run-rules.ts'
import type { Connection, Message } from './connection-client.ts'
import { messageOf, textOf } from './message-values.ts'
import { parseExperiment, parsePage } from './run-messages.ts'
import { formatPairs } from '../format-message.ts'

export function createExperimentClient(connection: Connection): ExperimentTracking {
  const post = async (action: string, fields: Message): Promise<void> => {
    await connection.call({ method: 'POST', path: `experiments/${action}`, fields })
  }
  /** A second time they would find their work done and refuse. */
  const postOnce = async (action: string, fields: Message): Promise<void> => {
    const path = `experiments/${action}`
    await connection.call({ method: 'POST', path, fields, isRepeatable: false })
  }
  return {
    createExperiment: async (experiment) => createExperiment(connection, experiment),
    getExperiment: async (experimentId) => {
      const fields = { experiment_id: experimentId }
      const answer = await connection.call({ method: 'GET', path: 'experiments/get', fields })
      return parseExperiment(messageOf(answer, 'experiment'))
    },
    findExperimentByName: async (name) => findExperimentByName(connection, name),
    searchExperiments: async (search) => {
      const fields = {
        filter: search.filter,
        order_by: search.orderBy,
        max_results: search.maxResults,
        page_token: search.pageToken,
        view_type: search.viewType,
      }
      const answer = await connection.call({ method: 'POST', path: 'experiments/search', fields })
      return parsePage(answer, 'experiments', parseExperiment)
    },
    renameExperiment: async (experimentId, newName) => {
      checkExperimentName(newName)
      return post('update', { experiment_id: experimentId, new_name: newName })
    },
    deleteExperiment: async (experimentId) => postOnce('delete', { experiment_id: experimentId }),
    restoreExperiment: async (experimentId) => postOnce('restore', { experiment_id: experimentId }),
    setExperimentTag: async (experimentId, key, value) => {
      checkExperimentTag(key, value)
      return post('set-experiment-tag', { experiment_id: experimentId, key, value })
    },
    deleteExperimentTag: async (experimentId, key) =>
      postOnce('delete-experiment-tag', { experiment_id: experimentId, key }),
  }
}

async function createExperiment(
  connection: Connection,
  experiment: Parameters<ExperimentTracking['createExperiment']>[0],
): Promise<string> {
  checkExperimentName(experiment.name)
  const answer = await connection.call({
    method: 'POST',
    path: 'experiments/create',
    fields: {
      name: experiment.name,
      artifact_location: experiment.artifactLocation,
      tags: formatPairs(experiment.tags),
    },
    isRepeatable: false,
  })
  return textOf(answer, 'experiment_id')
}

async function findExperimentByName(
  connection: Connection,
  name: string,
): Promise<Experiment | undefined> {
  const fields = { experiment_name: name }
  const path = 'experiments/get-by-name'
  const answer = await orNothing(connection.call({ method: 'GET', path, fields }))
  return answer === undefined ? undefined : parseExperiment(messageOf(answer, 'experiment'))
}

/** The id of the experiment with this name, which is created when there is none. */
export async function provideExperiment(connection: Connection, name: string): Promise<string> {
  checkExperimentName(name)
  const found = await findExperimentByName(connection, name)
  if (found !== undefined) return found.experimentId
  try {
    return await createExperiment(connection, { name })
  } catch (error) {
    // Somebody else was faster.
    if (!(error instanceof ToolkitError) || error.code !== 'TRACKING_EXISTS') throw error
    const theirs = await findExperimentByName(connection, name)
    if (theirs === undefined) throw error
    return theirs.experimentId
  }
}

/** `undefined` for what the server does not have. */
export async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'TRACKING_NOT_FOUND') return undefined
    throw error
  }
}
