/** MLflow's rules for what experiments and runs are named and given, checked before anything is stored. */

import { decodePercent } from '../../../core/percent-encoding.ts'
import type { Batch, DatasetInput, MetricPoint, NewRun, Pairs } from '../../../core/tracking.ts'
import { check, invalid, isTime, keyProblems, textProblems, timeProblems } from '../problems.ts'

/** A run's name stands in this tag too. */
export const runNameTag = 'mlflow.runName'
/** Clients before MLflow 3 keep the models of a run in it. */
export const loggedModelsTag = 'mlflow.log-model.history'

const limits = {
  paramValue: 6000,
  tagValue: 8000,
  experimentName: 500,
  experimentTagValue: 20_000,
  artifactLocation: 2048,
  batchMetrics: 1000,
  batchPairs: 100,
  batchTotal: 1000,
  datasets: 1000,
} as const

const datasetLimits = {
  name: 500,
  digest: 36,
  source_type: 36,
  source: 65_535,
  schema: 1_048_575,
  profile: 16_777_215,
} as const

const inputTagLimits = { key: 255, value: 500 } as const

/** Where things stand in a request, for messages: `params` and `key` give `params[2].key`, no list gives `key`. */
type PathOf = (index: number, field: string) => string

const inList =
  (list: string): PathOf =>
  (index, field) =>
    `${list}[${index}].${field}`

const alone: PathOf = (_index, field) => field

/** @throws {ToolkitError} `TRACKING_INVALID` for more than MLflow takes at once. */
export function checkBatchSize(sizes: {
  readonly metrics: number
  readonly params: number
  readonly tags: number
}): void {
  const total = sizes.metrics + sizes.params + sizes.tags
  const counts: readonly (readonly [string, number, number])[] = [
    ['metrics', sizes.metrics, limits.batchMetrics],
    ['params', sizes.params, limits.batchPairs],
    ['tags', sizes.tags, limits.batchPairs],
    ['metrics, params, and tags', total, limits.batchTotal],
  ]
  check(
    counts
      .filter(([, count, most]) => count > most)
      .map(
        ([what, count, most]) =>
          `A batch logging request can contain at most ${most} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
      ),
  )
}

/** All entries of a batch. @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once. */
export function checkBatch({ metrics = [], params = {}, tags = {} }: Batch): void {
  check([
    ...metricProblems(metrics, inList('metrics')),
    ...pairProblems('Param', params, inList('params')),
    ...pairProblems('Tag', tags, inList('tags')),
  ])
}

/** One metric that came alone. @throws {ToolkitError} `TRACKING_INVALID` */
export function checkMetric(point: MetricPoint): void {
  check(metricProblems([point], alone))
}

/** One param or tag that came alone. @throws {ToolkitError} `TRACKING_INVALID` */
export function checkPair(what: 'Param' | 'Tag', key: string, value: string): void {
  check(pairProblems(what, { [key]: value }, alone))
}

/** @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once. */
export function checkNewRun(run: Omit<NewRun, 'experimentName'>): void {
  const tagName = run.tags[runNameTag]
  check([
    ...(run.runName.trim() === '' ? ['the run name is empty'] : []),
    ...textProblems('run_name', run.runName, limits.tagValue),
    ...timeProblems('start_time', run.startTime),
    ...(tagName === undefined || tagName === '' || tagName === run.runName
      ? []
      : [
          `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${run.runName}', mlflow.runName='${tagName}').`,
        ]),
    ...pairProblems('Tag', run.tags, inList('tags')),
  ])
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function checkRunChange(change: {
  readonly endTime?: number | undefined
  readonly runName?: string | undefined
}): void {
  check([
    ...(change.endTime === undefined ? [] : timeProblems('end_time', change.endTime)),
    ...(change.runName === undefined
      ? []
      : textProblems('run_name', change.runName, limits.tagValue)),
  ])
}

/** Any text but the empty one. @throws {ToolkitError} `TRACKING_INVALID` */
export function checkExperimentName(name: string): void {
  check([
    ...(name === '' ? [`Invalid experiment name: ''`] : []),
    ...textProblems('name', name, limits.experimentName),
  ])
}

/** It is kept and handed back, never opened. @throws {ToolkitError} `TRACKING_INVALID` */
export function checkArtifactLocation(location: string): void {
  check([
    ...(location.startsWith('runs:')
      ? [`Artifact location cannot be a runs:/ URI. Given: '${location.slice(0, 200)}'`]
      : []),
    ...(/[#;]/.test(location)
      ? [`'artifact_location' URL can't include fragments or params.`]
      : []),
    ...(/(^|[/\\?&=])\.\.([/\\&]|$)/.test(decodePercent(location))
      ? [`'artifact_location' must not hold '..'`]
      : []),
    ...textProblems('artifact_location', location, limits.artifactLocation),
  ])
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function checkExperimentTag(key: string, value: string): void {
  check([
    ...keyProblems(key, 'key', 'key'),
    ...textProblems('value', value, limits.experimentTagValue),
  ])
}

/** @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once. */
export function checkDatasets(inputs: readonly DatasetInput[]): void {
  if (inputs.length > limits.datasets) {
    check([`log-inputs takes at most ${limits.datasets} datasets at once, got ${inputs.length}`])
  }
  check(inputs.flatMap(datasetProblems))
}

/** As MLflow does: what is too long is cut, not refused. Counted in code points. */
export function truncateParam(value: string): string {
  return truncate(value, limits.paramValue)
}

/** See {@link truncateParam}. */
export function truncateTag(value: string): string {
  return truncate(value, limits.tagValue)
}

function truncate(value: string, limit: number): string {
  if (value.length <= limit) return value
  return Array.from(value).slice(0, limit).join('')
}

function metricProblems(metrics: readonly MetricPoint[], pathOf: PathOf): string[] {
  const checked = new Set<string>()
  return metrics.flatMap(({ key, value, timestamp, step }, i) => {
    const isFine =
      checked.has(key) &&
      typeof value === 'number' &&
      isTime(timestamp) &&
      Number.isSafeInteger(step)
    if (isFine) return []
    checked.add(key)
    return [
      ...keyProblems(key, pathOf(i, 'name'), 'Metric name'),
      ...(typeof value === 'number'
        ? []
        : [invalid(pathOf(i, 'value'), value, 'expected a double')]),
      ...timeProblems(pathOf(i, 'timestamp'), timestamp),
      ...(Number.isSafeInteger(step)
        ? []
        : [invalid(pathOf(i, 'step'), step, `metric '${key}': expected an integer`)]),
    ]
  })
}

function pairProblems(what: 'Param' | 'Tag', pairs: Pairs, pathOf: PathOf): string[] {
  return Object.entries(pairs).flatMap(([key, value], i) =>
    keyProblems(key, pathOf(i, 'key'), what === 'Param' ? 'Param key' : pathOf(i, 'key')).concat(
      textProblems(pathOf(i, 'value'), value, Infinity),
    ),
  )
}

function datasetProblems({ dataset, tags }: DatasetInput, i: number): string[] {
  const { name, digest, sourceType, source, schema = '', profile = '' } = dataset
  const texts = { name, digest, source_type: sourceType, source, schema, profile }
  const path = (field: string): string => `datasets[${i}].dataset.${field}`
  return [
    ...(['name', 'digest'] as const).flatMap((field) =>
      texts[field] === '' ? [`Missing value for required parameter '${path(field)}'.`] : [],
    ),
    ...(['name', 'digest', 'source_type', 'source', 'schema', 'profile'] as const).flatMap(
      (field) => textProblems(path(field), texts[field], datasetLimits[field]),
    ),
    ...Object.entries(tags).flatMap(([key, value]) =>
      textProblems('key', key, inputTagLimits.key).concat(
        textProblems('value', value, inputTagLimits.value),
      ),
    ),
  ]
}
