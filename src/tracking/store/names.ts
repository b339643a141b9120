/** MLflow's rules for names and their sizes, checked before anything is stored. */

import { posix } from 'node:path'
import type { MetricPoint } from '../../core/tracking.ts'
import { ToolkitError } from '../../core/errors.ts'

const limits = {
  key: 250,
  paramValue: 6000,
  tagValue: 8000,
  registryTagValue: 100_000,
  experimentName: 500,
  alias: 255,
} as const

/** @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once. */
export function checkParams(params: Readonly<Record<string, string>>): void {
  const entries = Object.entries(params)
  check([
    ...entries.flatMap(([key]) => keyProblems('param', key)),
    ...entries.flatMap(([key, value]) => textProblems(`param '${key}'`, value, limits.paramValue)),
  ])
}

/** @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags)
  check([
    ...entries.flatMap(([key]) => keyProblems('tag', key)),
    ...entries.flatMap(([key, value]) => textProblems(`tag '${key}'`, value, limits.tagValue)),
  ])
}

/**
 * A value may be NaN or infinite; a time and a step are integers that a double can hold.
 *
 * @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once.
 */
export function checkMetrics(metrics: readonly MetricPoint[]): void {
  check(
    metrics.flatMap((point) => [
      ...keyProblems('metric', point.key),
      ...(typeof point.value === 'number' ? [] : [`metric '${point.key}' is not a number`]),
      ...timeProblems(`the timestamp of metric '${point.key}'`, point.timestamp),
      ...(Number.isSafeInteger(point.step)
        ? []
        : [`the step of metric '${point.key}' is ${point.step}, expected an integer`]),
    ]),
  )
}

/** @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once. */
export function checkNewRun(run: {
  readonly experimentName: string
  readonly runName: string
  readonly startTime: number
  readonly tags: Readonly<Record<string, string>>
}): void {
  const tagName = run.tags['mlflow.runName']
  check([
    ...blankProblems('the experiment name', run.experimentName),
    ...textProblems('the experiment name', run.experimentName, limits.experimentName),
    ...blankProblems('the run name', run.runName),
    ...textProblems('the run name', run.runName, limits.tagValue),
    ...timeProblems('the start time', run.startTime),
    ...(tagName === undefined || tagName === run.runName
      ? []
      : [`the run is named '${run.runName}', its tag 'mlflow.runName' says '${tagName}'`]),
  ])
  checkTags(run.tags)
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function checkTime(what: string, time: number): void {
  check(timeProblems(what, time))
}

/** @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once. */
export function checkNewModelVersion(version: {
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly aliases: readonly string[]
  readonly timestamp: number
}): void {
  const tags = Object.entries(version.tags)
  check([
    ...modelNameProblems(version.name),
    ...tags.flatMap(([key]) => keyProblems('tag', key)),
    ...tags.flatMap(([key, value]) => textProblems(`tag '${key}'`, value, limits.registryTagValue)),
    ...version.aliases.flatMap(aliasProblems),
    ...timeProblems('the timestamp', version.timestamp),
  ])
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function checkAlias(alias: string): void {
  check(aliasProblems(alias))
}

/** A version as text ('3') as a number, or `undefined` when the text is none. */
export function parseVersion(text: string): number | undefined {
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined
}

function keyProblems(what: string, key: string): string[] {
  const isClean =
    /^[/\p{L}\p{N}_.\- :]+$/u.test(key) && posix.normalize(key) === key && isInside(key)
  if (!isClean) {
    return [
      `${what} name '${key}' is not allowed: letters, digits, '_', '-', '.', ' ', ':' and '/' between parts`,
    ]
  }
  return textProblems(`${what} name '${key}'`, key, limits.key)
}

/** A relative path that stays below where it starts, as MLflow demands of keys. */
function isInside(key: string): boolean {
  return key !== '.' && !key.startsWith('..') && !key.startsWith('/') && !key.endsWith('/')
}

function modelNameProblems(name: string): string[] {
  const isClean = !/[/:\0]/.test(name) && name !== '.' && name !== '..'
  return [
    ...blankProblems('the model name', name),
    ...(isClean ? [] : [`model name '${name}' is not allowed: it may not hold '/' or ':'`]),
    ...textProblems('the model name', name, limits.key),
  ]
}

function aliasProblems(alias: string): string[] {
  if (!/^[\p{L}\p{N}_-]+$/u.test(alias)) {
    return [`alias '${alias}' is not allowed: letters, digits, '_' and '-' only`]
  }
  if (/^(latest|v[0-9]+)$/i.test(alias)) {
    return [`alias '${alias}' is reserved: it reads like a version`]
  }
  return textProblems(`alias '${alias}'`, alias, limits.alias)
}

function blankProblems(what: string, text: string): string[] {
  return text.trim() === '' ? [`${what} is empty`] : []
}

function textProblems(what: string, text: string, limit: number): string[] {
  // Half a surrogate pair cannot be stored as UTF-8: it would come back as another character.
  if (!text.isWellFormed() || text.includes('\0'))
    return [`${what} holds characters that are no text`]
  // Code points are what MLflow counts; no text has more of them than UTF-16 units.
  if (text.length <= limit || Array.from(text).length <= limit) return []
  return [`${what} exceeds the maximum length of ${limit} characters`]
}

function timeProblems(what: string, time: number): string[] {
  const isTime = Number.isSafeInteger(time) && time >= 0
  return isTime ? [] : [`${what} is ${time}, expected milliseconds since 1970 as an integer`]
}

function check(problems: readonly string[]): void {
  if (problems.length === 0) return
  throw new ToolkitError('TRACKING_INVALID', [...new Set(problems)].join('; '), {
    details: { problems },
  })
}
