/** The metrics of a repository at one moment. */

import { resolve } from 'node:path'
import { typedPaths } from '../stages/typed-paths.ts'
import { isYamlMap, type YamlScalar, type YamlValue } from '../yaml/yaml-value.ts'
import type { Content } from './content-file.ts'
import { attempt, parseFileValues, type FileResults } from './file-values.ts'
import { showPath } from './show-path.ts'

/**
 * Reads all metric files: the `metrics` of stages, then the top-level ones of each `dvc.yaml`; or just the targets.
 * Only numbers, texts and booleans are kept. A folder stands for the files in it.
 *
 * @param targets - paths from the folder the command works in
 * @returns results by path from that folder
 */
export function readMetrics(content: Content, targets: readonly string[] = []): FileResults {
  const { directory } = content.snapshot
  const locations =
    targets.length === 0
      ? typedPaths(content.pipeline, content.snapshot.root, 'metrics')
      : targets.map((target) => resolve(directory, target))
  content.prefetch(locations)
  const files = new Set(locations.flatMap((location) => content.list(location) ?? [location]))
  content.prefetch([...files])
  return new Map(
    Array.from(files, (location) => {
      const path = showPath(location, directory)
      return [path, attempt(() => readMetric(content, location, path))] as const
    }),
  )
}

function readMetric(content: Content, location: string, path: string): YamlValue {
  return keepMetrics(parseFileValues(content.read(location), path)) ?? new Map()
}

/** Numbers, texts and booleans, and maps that have any; `undefined` when there is nothing. */
function keepMetrics(value: YamlValue): YamlValue | undefined {
  if (!isYamlMap(value)) {
    return value === null || typeof value === 'object' ? undefined : value
  }
  const kept = new Map<YamlScalar, YamlValue>()
  for (const [key, item] of value) {
    const metric = keepMetrics(item)
    if (metric !== undefined) kept.set(key, metric)
  }
  return kept.size === 0 ? undefined : kept
}
