/** MLflow's messages about logged and registered models, as our values. */

import {
  type LoggedModel,
  loggedModelStatuses,
  modelStages,
  type ModelVersion,
  type Pairs,
  type RegisteredModel,
} from '../../core/tracking.ts'
import type { Message } from './connection-client.ts'
import {
  integerOf,
  messageOf,
  messagesOf,
  optionalTextOf,
  pairsOf,
  textOf,
  textsOf,
} from './message-values.ts'
import { parseMetric } from './run-messages.ts'

export function parseRegisteredModel(message: Message): RegisteredModel {
  const aliases = pairsOf(message, 'aliases', 'alias', 'version')
  return {
    name: textOf(message, 'name'),
    creationTimestamp: integerOf(message, 'creation_timestamp'),
    lastUpdatedTimestamp: integerOf(message, 'last_updated_timestamp'),
    description: textOf(message, 'description'),
    aliases,
    tags: pairsOf(message, 'tags'),
    latestVersions: messagesOf(message, 'latest_versions').map((version) =>
      withAliases(parseModelVersion(version), aliases),
    ),
  }
}

/** Lists of versions do not tell them, the model does. */
export function withAliases(version: ModelVersion, aliases: Pairs): ModelVersion {
  const own = Object.entries(aliases).filter(([, target]) => target === version.version)
  return { ...version, aliases: own.map(([alias]) => alias).toSorted() }
}

export function parseModelVersion(message: Message): ModelVersion {
  const source = textOf(message, 'source')
  return {
    name: textOf(message, 'name'),
    version: textOf(message, 'version'),
    runId: optionalTextOf(message, 'run_id'),
    // A real server does not tell the id that it was given.
    modelId: optionalTextOf(message, 'model_id') ?? modelIdOf(source),
    source,
    runLink: textOf(message, 'run_link'),
    userId: textOf(message, 'user_id'),
    stage: modelStages.find((stage) => stage === message['current_stage']) ?? 'None',
    description: textOf(message, 'description'),
    creationTimestamp: integerOf(message, 'creation_timestamp'),
    lastUpdatedTimestamp: integerOf(message, 'last_updated_timestamp'),
    aliases: textsOf(message, 'aliases').toSorted(),
    tags: pairsOf(message, 'tags'),
  }
}

/** 'm-…' of `models:/m-…`. */
function modelIdOf(source: string): string | undefined {
  return /^models:\/(m-[0-9a-f]{32})$/.exec(source)?.[1]
}

export function parseLoggedModel(message: Message): LoggedModel {
  const info = messageOf(message, 'info')
  const data = messageOf(message, 'data')
  return {
    modelId: textOf(info, 'model_id'),
    experimentId: textOf(info, 'experiment_id'),
    name: textOf(info, 'name'),
    modelType: textOf(info, 'model_type'),
    sourceRunId: textOf(info, 'source_run_id'),
    artifactUri: textOf(info, 'artifact_uri'),
    status:
      loggedModelStatuses.find((status) => status === info['status']) ?? 'LOGGED_MODEL_PENDING',
    creationTime: integerOf(info, 'creation_timestamp_ms'),
    lastUpdateTime: integerOf(info, 'last_updated_timestamp_ms'),
    params: pairsOf(data, 'params'),
    tags: pairsOf(info, 'tags'),
    metrics: messagesOf(data, 'metrics').map(parseMetric),
  }
}
