/** MLflow's JSON messages about experiments and runs, made from our values. Absent fields are left out; int64 are JSON numbers. */

import type { Experiment, MetricPoint, Run } from '../../../core/tracking.ts'
import type { DatasetSummary } from '../../store/runs/inputs-store.ts'
import type { RunMetricPoint } from '../../store/runs/metric-history-store.ts'
import { listOf, formatPairs, formatDatasetInput } from '../../format-message.ts'

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
      metrics: listOf(run.metrics.map(formatMetric)),
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

/** JSON has no NaN and no infinity: they are texts, which MLflow's clients read back as numbers. */
export function formatMetric({ key, value, timestamp, step }: MetricPoint): object {
  return { key, value: Number.isFinite(value) ? value : String(value), timestamp, step }
}

export function formatRunMetric(point: RunMetricPoint): object {
  return { ...formatMetric(point), run_id: point.runId }
}

export function formatDatasetSummary(dataset: DatasetSummary): object {
  return {
    experiment_id: dataset.experimentId,
    name: dataset.name,
    digest: dataset.digest,
    context: dataset.context,
  }
}
