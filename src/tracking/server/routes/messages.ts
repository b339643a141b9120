/** MLflow's JSON messages made from our values. Absent fields are left out; int64 are JSON numbers. */

import type {
  Experiment,
  MetricPoint,
  ModelVersion,
  RegisteredModel,
  Run,
} from '../../../core/tracking.ts'
import type { AuditEntry } from '../../store/registry-search.ts'

export function formatExperiment(experiment: Experiment): object {
  return {
    experiment_id: experiment.experimentId,
    name: experiment.name,
    artifact_location: experiment.artifactLocation,
    lifecycle_stage: experiment.lifecycleStage,
    last_update_time: experiment.lastUpdateTime,
    creation_time: experiment.creationTime,
    tags: formatPairs(experiment.tags),
  }
}

export function formatRun(run: Run): object {
  return {
    info: {
      run_id: run.runId,
      run_uuid: run.runId,
      run_name: run.runName,
      experiment_id: run.experimentId,
      user_id: run.tags['mlflow.user'] ?? '',
      status: run.status,
      start_time: run.startTime,
      end_time: run.endTime,
      artifact_uri: run.artifactUri,
      lifecycle_stage: run.lifecycleStage,
    },
    data: {
      metrics: run.metrics.map(formatMetric),
      params: formatPairs(run.params),
      tags: formatPairs(run.tags),
    },
    inputs: {},
  }
}

/** JSON has no NaN and no infinity: they are texts, which MLflow's clients read back as numbers. */
export function formatMetric({ key, value, timestamp, step }: MetricPoint): object {
  return { key, value: Number.isFinite(value) ? value : String(value), timestamp, step }
}

export function formatRegisteredModel(
  model: RegisteredModel,
  latest: ModelVersion | undefined,
): object {
  return {
    name: model.name,
    creation_timestamp: model.creationTimestamp,
    last_updated_timestamp: model.lastUpdatedTimestamp,
    description: model.description,
    latest_versions: latest === undefined ? [] : [formatModelVersion(latest)],
    aliases: Object.entries(model.aliases).map(([alias, version]) => ({ alias, version })),
  }
}

export function formatModelVersion(version: ModelVersion): object {
  return {
    name: version.name,
    version: version.version,
    creation_timestamp: version.creationTimestamp,
    last_updated_timestamp: version.lastUpdatedTimestamp,
    current_stage: 'None',
    description: version.description,
    source: version.source,
    run_id: version.runId,
    status: 'READY',
    tags: formatPairs(version.tags),
    aliases: version.aliases,
  }
}

export function formatAuditEntry(entry: AuditEntry): object {
  return {
    timestamp: entry.timestamp,
    action: entry.action,
    alias: entry.alias,
    from_version: entry.fromVersion,
    to_version: entry.toVersion,
    reason: entry.reason,
  }
}

function formatPairs(pairs: Readonly<Record<string, string>>): object[] {
  return Object.entries(pairs).map(([key, value]) => ({ key, value }))
}
