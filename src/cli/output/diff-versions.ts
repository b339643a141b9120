/** In what two versions of a model differ. */

import { text } from 'node:stream/consumers'
import { parse } from 'yaml'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { LoggedModel, ModelVersion, Run, Tracking } from '../../core/tracking.ts'
import { copiedFromTag } from '../../tracking/transfer/moved-ids.ts'
import { lineageOf } from './lineage.ts'
import { judgeMetric, type MetricVerdict } from './metric-verdict.ts'

/** One thing that is not the same; null where a version has none. */
export interface Difference {
  readonly name: string
  readonly before: string | null
  readonly after: string | null
}

export interface MetricDifference {
  readonly name: string
  readonly before: number | null
  readonly after: number | null
  readonly verdict: MetricVerdict | null
}

export interface VersionDiff {
  readonly name: string
  readonly before: string
  readonly after: string
  readonly lineage: readonly Difference[]
  readonly params: readonly Difference[]
  readonly metrics: readonly MetricDifference[]
  readonly tags: readonly Difference[]
  /** Columns with their types, of inputs and outputs. */
  readonly signature: readonly Difference[]
}

/** What a version is compared by. */
interface VersionFacts {
  readonly lineage: Facts<string>
  readonly params: Facts<string>
  readonly metrics: Facts<number>
  readonly tags: Facts<string>
  readonly signature: Facts<string>
}

type Facts<T> = ReadonlyMap<string, T>

export async function diffVersions(
  tracking: Tracking,
  { before, after }: { readonly before: ModelVersion; readonly after: ModelVersion },
): Promise<VersionDiff> {
  const [a, b] = [await readFacts(tracking, before), await readFacts(tracking, after)]
  return {
    name: before.name,
    before: before.version,
    after: after.version,
    lineage: differences(a.lineage, b.lineage),
    params: differences(a.params, b.params),
    metrics: differences(a.metrics, b.metrics).map((metric) => ({
      name: metric.name,
      before: metric.before,
      after: metric.after,
      verdict: judgeMetric(metric) ?? null,
    })),
    tags: differences(a.tags, b.tags),
    signature: differences(a.signature, b.signature),
  }
}

function differences<T>(
  a: Facts<T>,
  b: Facts<T>,
): readonly { readonly name: string; readonly before: T | null; readonly after: T | null }[] {
  return [...new Set([...a.keys(), ...b.keys()])]
    .toSorted()
    .map((name) => ({ name, before: a.get(name) ?? null, after: b.get(name) ?? null }))
    .filter(({ before, after }) => !Object.is(before, after))
}

async function readFacts(tracking: Tracking, version: ModelVersion): Promise<VersionFacts> {
  const { runId, modelId } = version
  const run = runId === undefined ? undefined : await orNothing(tracking.getRun(runId))
  const model =
    modelId === undefined ? undefined : await orNothing(tracking.getLoggedModel(modelId))
  const { commit, dataHash, lockHash } = lineageOf(version, run)
  const lineage = { run: runId, commit, data: dataHash, 'dvc.lock': lockHash }
  return {
    lineage: new Map(
      Object.entries(lineage).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    ),
    params: new Map(Object.entries({ ...run?.params, ...model?.params })),
    metrics: metricsOf(run, model),
    // Where a copy came from is no property of the model.
    tags: new Map(Object.entries(version.tags).filter(([key]) => key !== copiedFromTag)),
    signature: await readSignature(tracking, version),
  }
}

function metricsOf(run: Run | undefined, model: LoggedModel | undefined): Facts<number> {
  const points = [...(run?.metrics ?? []), ...(model?.metrics ?? [])]
  return new Map(points.map(({ key, value }) => [key, value]))
}

/** Of the file MLmodel; nothing when no tracker hands it out, or it has no signature. */
async function readSignature(tracking: Tracking, version: ModelVersion): Promise<Facts<string>> {
  const { findModel } = await import('../../tracking/client/load-model.ts')
  const uri = `models:/${version.name}/${version.version}`
  const place = await orNothing(findModel(tracking, uri))
  if (place === undefined) return new Map()
  const path = [place.path, 'MLmodel'].filter((part) => part !== '').join('/')
  const file = await orNothing(tracking.openArtifact(place.owner, path))
  return file === undefined ? new Map() : parseSignature(await text(file.content))
}

function parseSignature(manifest: string): Facts<string> {
  const signature = parseOrNothing(() => parse(manifest) as unknown)
  const parts =
    isObject(signature) && isObject(signature['signature']) ? signature['signature'] : {}
  const columns = ['inputs', 'outputs', 'params'].flatMap((part) => {
    const list = parseOrNothing(() => JSON.parse(String(parts[part])) as unknown)
    return Array.isArray(list)
      ? list.map((column, i) => [`${part} ${nameOf(column) ?? i}`, typeOf(column)] as const)
      : []
  })
  return new Map(columns)
}

function nameOf(column: unknown): string | undefined {
  return isObject(column) && typeof column['name'] === 'string' ? column['name'] : undefined
}

/** All there is to say of a column but its name. */
function typeOf(column: unknown): string {
  if (!isObject(column)) return JSON.stringify(column)
  const { name: _name, type, ...rest } = column
  const more = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`
  return `${typeof type === 'string' ? type : JSON.stringify(type)}${more}`
}

/** A manifest may be of any program: one that cannot be read has no signature. */
function parseOrNothing(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return undefined
  }
}

const absences: ReadonlySet<string> = new Set([
  'TRACKING_NOT_FOUND',
  'TRACKING_INVALID',
  'MODEL_NOT_FOUND',
])

/** `undefined` for what is not there. */
async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ToolkitError && absences.has(error.code)) return undefined
    throw error
  }
}
