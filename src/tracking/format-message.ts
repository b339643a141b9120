/** Parts of MLflow's JSON messages that client and server write alike. */

import type { DatasetInput, MetricPoint, Pairs } from '../core/tracking.ts'

/** MLflow leaves out empty lists. */
export function listOf<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items
}

/** `[{key, value}]` */
export function formatPairs(
  pairs: Pairs = {},
): readonly { key: string; value: string }[] | undefined {
  return listOf(Object.entries(pairs).map(([key, value]) => ({ key, value })))
}

/** A point of a history. JSON has no NaN and no infinity: they are texts, which every server and client reads. */
export function formatPoint({ key, value, timestamp, step }: MetricPoint): object {
  return { key, value: Number.isFinite(value) ? value : String(value), timestamp, step }
}

/** With what it was measured on. */
export function formatMetric(point: MetricPoint): object {
  const { modelId, datasetName, datasetDigest } = point
  return {
    ...formatPoint(point),
    model_id: modelId,
    dataset_name: datasetName,
    dataset_digest: datasetDigest,
  }
}

export function formatDatasetInput({ dataset, tags }: DatasetInput): object {
  return {
    tags: formatPairs(tags),
    dataset: {
      name: dataset.name,
      digest: dataset.digest,
      source_type: dataset.sourceType,
      source: dataset.source,
      schema: dataset.schema,
      profile: dataset.profile,
    },
  }
}
