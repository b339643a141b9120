/** What the files of MLflow's old file store say: YAML records and lines of metrics. */

import { parse } from 'yaml'
import { isObject } from '../../core/json.ts'
import { ownMember } from '../../core/own-member.ts'
import {
  type LoggedModelStatus,
  loggedModelStatuses,
  type MetricPoint,
  type ModelStage,
  modelStages,
  type RunStatus,
  runStatuses,
} from '../../core/tracking.ts'

/** A `meta.yaml`: a member that has another type than asked for is a problem, one that is absent need not be. */
export interface MetaRecord {
  /** '' when it is absent or null; numbers are told as text. */
  text(name: string): string
  /** `undefined` when it is absent or null. */
  integer(name: string): number | undefined
  pairs(name: string): Readonly<Record<string, string>>
}

/** Takes what is wrong with a file. */
export type Report = (problem: string) => void

/** A record with nothing in it when the text is none. */
export function parseMeta(text: string, report: Report): MetaRecord {
  const members = parseMembers(text, report)
  return {
    text: (name) => {
      const value = members[name] ?? ''
      if (typeof value === 'string' || typeof value === 'number') return String(value)
      report(`'${name}' is no text`)
      return ''
    },
    integer: (name) => {
      const value = members[name] ?? undefined
      if (value === undefined) return undefined
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value
      report(`'${name}' is ${JSON.stringify(value)}, expected an integer`)
      return undefined
    },
    pairs: (name) => {
      const value = members[name] ?? {}
      if (isObject(value)) {
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]))
      }
      report(`'${name}' is no mapping`)
      return {}
    },
  }
}

function parseMembers(text: string, report: Report): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = parse(text)
    if (isObject(value)) return value
    report('is no YAML mapping')
  } catch (error) {
    report(
      `is no YAML: ${error instanceof Error ? error.message.split('\n')[0]?.replace(/:$/, '') : String(error)}`,
    )
  }
  return {}
}

/** MLflow's files give it by its number. */
export function parseRunStatus(record: MetaRecord, report: Report): RunStatus {
  const text = record.text('status')
  const status = runStatuses[Number(text) - 1] ?? runStatuses.find((name) => name === text)
  if (status === undefined) report(`'status' is '${text}', expected an integer from 1 to 5`)
  return status ?? 'FAILED'
}

export function parseModelStatus(record: MetaRecord, report: Report): LoggedModelStatus {
  const text = record.text('status')
  const status = loggedModelStatuses[Number(text) - 1]
  if (status === undefined) report(`'status' is '${text}', expected an integer from 1 to 3`)
  return status ?? 'LOGGED_MODEL_PENDING'
}

/** `undefined` for a version that was deleted. */
export function parseStage(record: MetaRecord, report: Report): ModelStage | undefined {
  const text = record.text('current_stage')
  if (text === 'Deleted_Internal') return undefined
  const stage = modelStages.find((name) => name === (text === '' ? 'None' : text))
  if (stage === undefined)
    report(`'current_stage' is '${text}', expected ${modelStages.join(', ')}`)
  return stage ?? 'None'
}

/**
 * `timestamp value [step [dataset digest]]`, a point a line; the oldest files have no step.
 * Lines of a logged model have the run after the step.
 */
export function parseMetricLines(
  key: string,
  text: string,
  { hasRun, report }: { readonly hasRun: boolean; readonly report: Report },
): readonly MetricPoint[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const point = parseMetricLine(key, line.trim().split(' '), hasRun)
    if (point !== undefined) return [point]
    report(`line ${index + 1} is '${line.slice(0, 80)}', expected 'timestamp value step'`)
    return []
  })
}

function parseMetricLine(
  key: string,
  words: readonly string[],
  hasRun: boolean,
): MetricPoint | undefined {
  const [time = '', number = '', stepText = '0', ...rest] = words
  const [runId, datasetName, datasetDigest, ...more] = hasRun ? rest : [undefined, ...rest]
  const timestamp = parseInteger(time)
  const value = parsePythonFloat(number)
  const step = parseInteger(stepText)
  if (timestamp === undefined || value === undefined || step === undefined) return undefined
  if (more.length > 0 || timestamp < 0) return undefined
  return { key, value, timestamp, step, runId, datasetName, datasetDigest }
}

function parseInteger(text: string): number | undefined {
  const value = Number(text)
  return /^-?\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined
}

/** As Python writes it: `nan` and `inf` too. */
function parsePythonFloat(text: string): number | undefined {
  const special = ownMember(specialFloats, text.toLowerCase())
  if (special !== undefined) return special
  return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
}

const specialFloats = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }
