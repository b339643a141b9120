/** MLflow's JSON messages about experiments, runs and files, made from our values. Absent fields are left out; int64 are JSON numbers. */

import type { ArtifactInfo, Experiment, Run } from '../../../core/tracking.ts'
import type { DatasetSummary } from '../../store/runs/inputs-store.ts'
import type { RunMetricPoint } from '../../store/runs/metric-history-store.ts'
import { formatDatasetInput, formatPairs, formatPoint, listOf } from '../../format-message.ts'

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
  const models = run.outputs.map(({ modelId, step }) => ({ model_id: modelId, step }))
  return { ...formatNewRun(run), outputs: { model_outputs: listOf(models) } }
}

/** A run that was just created is told without its outputs. */
export function formatNewRun(run: Run): object {
  return {
    info: formatRunInfo(run),
    data: {
      metrics: listOf(run.metrics.map(formatPoint)),
      params: formatPairs(run.params),
      tags: formatPairs(run.tags),
    },
    inputs: {
      dataset_inputs: listOf(run.inputs.datasets.map(formatDatasetInput)),
      model_inputs: listOf(run.inputs.modelIds.map((modelId) => ({ model_id: modelId }))),
    },
  }
}

export function formatRunInfo(run: Run): object {
  return {
    run_id: run.runId,
    run_uuid: run.runId,
    run_name: run.runName,
    experiment_id: run.experimentId,
    user_id: run.userId,
    status: run.status,
    start_time: run.startTime,
    end_time: run.endTime,
    artifact_uri: run.artifactUri,
    lifecycle_stage: run.lifecycleStage,
  }
}

export function formatRunMetric(point: RunMetricPoint): object {
  return { ...formatPoint(point), run_id: point.runId }
}

export function formatDatasetSummary(dataset: DatasetSummary): object {
  return {
    experiment_id: dataset.experimentId,
    name: dataset.name,
    digest: dataset.digest,
    context: dataset.context,
  }
}

export function formatFile({ path, isFolder, sizeBytes }: ArtifactInfo): object {
  return isFolder ? { path, is_dir: true } : { path, is_dir: false, file_size: sizeBytes }
}
