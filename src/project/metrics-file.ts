import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ToolkitError } from '../core/errors.ts'
import type { Metrics } from '../training/evaluate.ts'
import type { Layout } from './layout.ts'
import { modelKinds, optionalKinds, type ModelKind } from './parameters.ts'
import { readJson } from './report-file.ts'

/** The models whose metrics are to be read: all, but those that a pipeline need not train only where they are. */
export function listEvaluatedKinds(directory: string, layout: Layout): ModelKind[] {
  return modelKinds.filter(
    (kind) => !optionalKinds.includes(kind) || existsSync(join(directory, layout.metrics(kind))),
  )
}

/** Reads a metrics file that `mlpt evaluate` wrote. @throws {ToolkitError} `FILE_MISSING`, `DATA_FILE_INVALID` */
export async function readMetrics(path: string): Promise<Metrics> {
  const hint = "make it with 'mlpt run'"
  const value = await readJson(path, hint)
  if (isMetrics(value)) return value
  throw new ToolkitError('DATA_FILE_INVALID', `${path} is no record of numbers`, { hint })
}

function isMetrics(value: unknown): value is Metrics {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((item) => typeof item === 'number')
  )
}
