/** MLflow's JSON messages about models, made from our values. Absent fields are left out; int64 are JSON numbers. */

import type { LoggedModel, ModelVersion, RegisteredModel } from '../../../core/tracking.ts'
import type { AuditEntry } from '../../store/registry/registry-audit-store.ts'
import type { Webhook } from '../../webhooks/webhooks-store.ts'
import { formatMetric, formatPairs, listOf } from '../../format-message.ts'

export function formatRegisteredModel(model: RegisteredModel): object {
  return {
    name: model.name,
    creation_timestamp: model.creationTimestamp,
    last_updated_timestamp: model.lastUpdatedTimestamp,
    description: model.description || undefined,
    latest_versions: listOf(model.latestVersions.map(formatListedVersion)),
    tags: formatPairs(model.tags),
    aliases: listOf(Object.entries(model.aliases).map(([alias, version]) => ({ alias, version }))),
  }
}

export function formatModelVersion(version: ModelVersion): object {
  return {
    name: version.name,
    version: version.version,
    creation_timestamp: version.creationTimestamp,
    last_updated_timestamp: version.lastUpdatedTimestamp,
    user_id: version.userId || undefined,
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    run_id: version.runId ?? '',
    status: 'READY',
    tags: formatPairs(version.tags),
    run_link: version.runLink,
    aliases: listOf(version.aliases),
    model_id: version.modelId,
  }
}

/**
 * A version in a list comes without its aliases, as from MLflow: its client hands them on as something that is no
 * list of Python, and programs that write what they found as JSON break off.
 */
export function formatListedVersion(version: ModelVersion): object {
  return formatModelVersion({ ...version, aliases: [] })
}

export function formatLoggedModel(model: LoggedModel): object {
  return {
    info: {
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.creationTime,
      last_updated_timestamp_ms: model.lastUpdateTime,
      artifact_uri: model.artifactUri,
      status: model.status,
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      tags: formatPairs(model.tags),
    },
    data: {
      params: formatPairs(model.params),
      metrics: listOf(
        model.metrics.map((point) => ({ ...formatMetric(point), run_id: point.runId })),
      ),
    },
  }
}

export function formatWebhook(webhook: Webhook): object {
  return {
    webhook_id: webhook.webhookId,
    name: webhook.name,
    description: webhook.description || undefined,
    url: webhook.url,
    events: webhook.events,
    status: webhook.status,
    creation_timestamp: webhook.creationTimestamp,
    last_updated_timestamp: webhook.lastUpdatedTimestamp,
  }
}

export function formatAuditEntry(entry: AuditEntry): object {
  return {
    timestamp: entry.timestamp,
    action: entry.action,
    user_id: entry.userId || undefined,
    alias: entry.alias,
    from_version: entry.fromVersion,
    to_version: entry.toVersion,
    reason: entry.reason,
    details: entry.details,
  }
}
