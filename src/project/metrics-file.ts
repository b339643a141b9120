import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ToolkitError } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import type { Metrics } from '../training/evaluate.ts'
import type { Layout } from './layout.ts'
import { modelKinds, optionalKinds } from './parameters/parameters.ts'
import { readJson } from './report-file.ts'

/**
 * The models whose metrics are to be read: those that were evaluated, whoever trained them, and ours that
 * were trained and should have been. Where there is none, those that a pipeline trains before others, so
 * that whoever reads them says what is missing.
 */
export function listEvaluatedKinds(directory: string, layout: Layout): string[] {
  const expected = modelKinds.filter((kind) => !optionalKinds.includes(kind))
  const hasMetrics = (kind: string): boolean => existsSync(join(directory, layout.metrics(kind)))
  const hasModel = (kind: string): boolean => existsSync(join(directory, layout.model(kind)))
  const ours = modelKinds.filter(
    (kind) => hasMetrics(kind) || (expected.includes(kind) && hasModel(kind)),
  )
  const others = listModels(directory, layout).filter(
    (name) => hasMetrics(name) && !modelKinds.some((kind) => kind === name),
  )
  const found = [...ours, ...others]
  return found.length > 0 ? found : expected
}

/** Names of the model folders in the work tree. */
export function listModels(directory: string, layout: Layout): string[] {
  const models = join(directory, dirname(layout.model('any')))
  if (!existsSync(models)) return []
  return readdirSync(models, { withFileTypes: true })
    .filter((entry) => !entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort()
}

/**
 * Reads a metrics file that `mlpt evaluate` wrote.
 *
 * @param needed - a metric that must be in it
 * @throws {ToolkitError} `FILE_MISSING`, `DATA_FILE_INVALID`
 */
export async function readMetrics(path: string, needed?: string): Promise<Metrics> {
  const hint = "make it with 'mlpt run'"
  const value = await readJson(path, hint)
  if (!isMetrics(value)) {
    throw new ToolkitError('DATA_FILE_INVALID', `${path} is no record of numbers`, { hint })
  }
  if (needed === undefined || value[needed] !== undefined) return value
  throw new ToolkitError('DATA_FILE_INVALID', `${path} has no '${needed}', by which is decided`, {
    hint,
  })
}

/**
 * Refuses metrics of another model file: one that was trained since has not been measured. Reports that do not say
 * which file they are about are taken as they are.
 *
 * @param report - path of the report that `mlpt evaluate` writes beside the metrics
 * @throws {ToolkitError} `DATA_FILE_INVALID`
 */
export async function checkMeasured(
  report: string,
  { kind, digest }: { readonly kind: string; readonly digest: string },
): Promise<void> {
  if (!existsSync(report)) return
  const hint = `measure it with 'mlpt evaluate ${kind}', or 'mlpt run'`
  const value = await readJson(report, hint)
  const measured = isObject(value) ? value['digest'] : undefined
  if (typeof measured !== 'string' || measured === digest) return
  throw new ToolkitError(
    'DATA_FILE_INVALID',
    `${report} is of another model file (sha256 ${measured.slice(0, 12)}…) than '${kind}' has now (${digest.slice(0, 12)}…)`,
    { hint },
  )
}

function isMetrics(value: unknown): value is Metrics {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((item) => typeof item === 'number')
  )
}
