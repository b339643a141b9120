import { ToolkitError } from '../core/errors.ts'
import type { Metrics } from '../training/evaluate.ts'
import { readJson } from './report-file.ts'

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
