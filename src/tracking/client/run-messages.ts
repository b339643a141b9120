/** MLflow's messages about experiments and runs, as our values and back. */

import {
  type DatasetInput,
  type Experiment,
  type LifecycleStage,
  type MetricPoint,
  type Run,
  type RunInputs,
  type RunStatus,
  runStatuses,
} from '../../core/tracking.ts'
import type { Message } from './connection-client.ts'
import {
  doubleOf,
  integerOf,
  messageOf,
  messagesOf,
  optionalIntegerOf,
  optionalTextOf,
  pairsOf,
  textOf,
} from './message-values.ts'
import { formatDatasetInput } from '../format-message.ts'

export function parseExperiment(message: Message): Experiment {
  return {
    experimentId: textOf(message, 'experiment_id'),
    name: textOf(message, 'name'),
    artifactLocation: textOf(message, 'artifact_location'),
    lifecycleStage: parseLifecycleStage(message),
    creationTime: integerOf(message, 'creation_time'),
    lastUpdateTime: integerOf(message, 'last_update_time'),
    tags: pairsOf(message, 'tags'),
  }
}

export function parseRun(message: Message): Run {
  const info = messageOf(message, 'info')
  const data = messageOf(message, 'data')
  return {
    ...parseRunInfo(info),
    params: pairsOf(data, 'params'),
    metrics: messagesOf(data, 'metrics').map(parseMetric),
    tags: pairsOf(data, 'tags'),
    inputs: parseInputs(messageOf(message, 'inputs')),
    outputs: messagesOf(messageOf(message, 'outputs'), 'model_outputs').map((output) => ({
      modelId: textOf(output, 'model_id'),
      step: integerOf(output, 'step'),
    })),
  }
}

function parseRunInfo(
  info: Message,
): Omit<Run, 'params' | 'metrics' | 'tags' | 'inputs' | 'outputs'> {
  return {
    runId: textOf(info, 'run_id'),
    runName: textOf(info, 'run_name'),
    experimentId: textOf(info, 'experiment_id'),
    userId: textOf(info, 'user_id'),
    status: parseStatus(info),
    startTime: integerOf(info, 'start_time'),
    endTime: optionalIntegerOf(info, 'end_time'),
    artifactUri: textOf(info, 'artifact_uri'),
    lifecycleStage: parseLifecycleStage(info),
  }
}

/** A server without one says nothing of it: the run is going on. */
function parseStatus(info: Message): RunStatus {
  return runStatuses.find((status) => status === info['status']) ?? 'RUNNING'
}

function parseLifecycleStage(message: Message): LifecycleStage {
  return message['lifecycle_stage'] === 'deleted' ? 'deleted' : 'active'
}

/** Members that the server does not tell are absent. */
export function parseMetric(message: Message): MetricPoint {
  const modelId = optionalTextOf(message, 'model_id')
  const datasetName = optionalTextOf(message, 'dataset_name')
  const datasetDigest = optionalTextOf(message, 'dataset_digest')
  const runId = optionalTextOf(message, 'run_id')
  return {
    key: textOf(message, 'key'),
    value: doubleOf(message, 'value'),
    timestamp: integerOf(message, 'timestamp'),
    step: integerOf(message, 'step'),
    ...(modelId !== undefined && { modelId }),
    ...(datasetName !== undefined && { datasetName }),
    ...(datasetDigest !== undefined && { datasetDigest }),
    ...(runId !== undefined && { runId }),
  }
}

function parseInputs(inputs: Message): RunInputs {
  return {
    datasets: messagesOf(inputs, 'dataset_inputs').map(parseDatasetInput),
    modelIds: messagesOf(inputs, 'model_inputs').map((input) => textOf(input, 'model_id')),
  }
}

function parseDatasetInput(input: Message): DatasetInput {
  const dataset = messageOf(input, 'dataset')
  return {
    dataset: {
      name: textOf(dataset, 'name'),
      digest: textOf(dataset, 'digest'),
      sourceType: textOf(dataset, 'source_type'),
      source: textOf(dataset, 'source'),
      schema: optionalTextOf(dataset, 'schema'),
      profile: optionalTextOf(dataset, 'profile'),
    },
    tags: pairsOf(input, 'tags'),
  }
}

export function formatInputs(inputs: RunInputs): Message {
  return {
    datasets: inputs.datasets.map(formatDatasetInput),
    models: inputs.modelIds.map((modelId) => ({ model_id: modelId })),
  }
}
