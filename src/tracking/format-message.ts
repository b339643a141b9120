/** Parts of MLflow's JSON messages that client and server write alike. */

import type { DatasetInput, Pairs } from '../core/tracking.ts'

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
