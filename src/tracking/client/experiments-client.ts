/** Experiments of the tracking contract over MLflow's REST API. */

import { ToolkitError } from '../../core/errors.ts'
import type { ExperimentTracking } from '../../core/tracking.ts'
import { checkExperimentName, checkExperimentTag } from '../store/runs/run-rules.ts'
import type { Connection } from './connection-client.ts'
import { messageOf, textOf } from './message-values.ts'
import { formatSearch, parsePage } from './page-messages.ts'
import { parseExperiment } from './run-messages.ts'
import { formatPairs } from '../format-message.ts'

export function createExperimentClient({ ask, askOnce }: Connection): ExperimentTracking {
  return {
    createExperiment: async ({ name, artifactLocation, tags }) => {
      checkExperimentName(name)
      const fields = { name, artifact_location: artifactLocation, tags: formatPairs(tags) }
      return textOf(await askOnce('POST', 'experiments/create', fields), 'experiment_id')
    },
    getExperiment: async (experimentId) => {
      const answer = await ask('GET', 'experiments/get', { experiment_id: experimentId })
      return parseExperiment(messageOf(answer, 'experiment'))
    },
    findExperimentByName: async (name) => {
      const fields = { experiment_name: name }
      const answer = await orNothing(ask('GET', 'experiments/get-by-name', fields))
      return answer && parseExperiment(messageOf(answer, 'experiment'))
    },
    searchExperiments: async (search) => {
      const fields = { ...formatSearch(search), view_type: search.viewType }
      const answer = await ask('POST', 'experiments/search', fields)
      return parsePage(answer, 'experiments', parseExperiment)
    },
    renameExperiment: async (experimentId, newName) => {
      checkExperimentName(newName)
      const fields = { experiment_id: experimentId, new_name: newName }
      await ask('POST', 'experiments/update', fields)
    },
    deleteExperiment: async (experimentId) => {
      await askOnce('POST', 'experiments/delete', { experiment_id: experimentId })
    },
    restoreExperiment: async (experimentId) => {
      await askOnce('POST', 'experiments/restore', { experiment_id: experimentId })
    },
    setExperimentTag: async (experimentId, key, value) => {
      checkExperimentTag(key, value)
      const fields = { experiment_id: experimentId, key, value }
      await ask('POST', 'experiments/set-experiment-tag', fields)
    },
    deleteExperimentTag: async (experimentId, key) => {
      const fields = { experiment_id: experimentId, key }
      await askOnce('POST', 'experiments/delete-experiment-tag', fields)
    },
  }
}

/** The id of the experiment with this name, which is created when there is none. */
export async function provideExperiment(
  experiments: Pick<ExperimentTracking, 'findExperimentByName' | 'createExperiment'>,
  name: string,
): Promise<string> {
  const found = await experiments.findExperimentByName(name)
  if (found !== undefined) return found.experimentId
  try {
    return await experiments.createExperiment({ name })
  } catch (error) {
    // Somebody else was faster.
    if (!(error instanceof ToolkitError) || error.code !== 'TRACKING_EXISTS') throw error
    const theirs = await experiments.findExperimentByName(name)
    if (theirs === undefined) throw error
    return theirs.experimentId
  }
}

/** `undefined` for what the tracker does not have. */
export async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'TRACKING_NOT_FOUND') return undefined
    throw error
  }
}
