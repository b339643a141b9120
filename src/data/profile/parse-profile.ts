import { messageOf, ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { Profile } from './profile.ts'

/** Whether a text begins like a stored profile. */
export function isProfileText(head: string): boolean {
  return /^\s*\{\s*"format"\s*:\s*"mlpt\.profile\//.test(head)
}

/**
 * Reads a profile that `mlpt profile` wrote.
 *
 * @param place - the file's name, for messages
 * @throws {ToolkitError} `DATA_FILE_INVALID` naming what is not as it is written
 */
export function parseProfile(text: string, place: string): Profile {
  const value = parseJson(text, place)
  const problem = findProblem(value)
  if (problem !== undefined) {
    throw new ToolkitError('DATA_FILE_INVALID', `${place} is no profile: ${problem}`, {
      hint: `write it again with 'mlpt profile --output'`,
    })
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- findProblem looked at every member that is read
  return value as Profile
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ToolkitError('DATA_FILE_INVALID', `${place} is no JSON: ${messageOf(error)}`, {
      hint: 'the file may be cut off; write it again',
      cause: error,
    })
  }
}

function findProblem(value: unknown): string | undefined {
  if (!isObject(value)) return 'it is no object'
  if (value['format'] === undefined) return "it has no 'format', expected 'mlpt.profile/1'"
  if (value['format'] !== 'mlpt.profile/1') {
    return `its format is ${JSON.stringify(value['format'])}, expected 'mlpt.profile/1'`
  }
  if (!isCount(value['rows'])) return `'rows' is no number of rows`
  const { columns } = value
  if (!Array.isArray(columns)) return `'columns' is no list`
  for (const [i, column] of columns.entries()) {
    const problem = findColumnProblem(column)
    if (problem !== undefined) return `column ${i} ${problem}`
  }
  return undefined
}

const counts = ['nulls', 'nans', 'positiveInfinities', 'negativeInfinities'] as const
const families = ['number', 'boolean', 'text', 'time', 'other']

function findColumnProblem(column: unknown): string | undefined {
  if (!isObject(column)) return 'is no object'
  if (typeof column['name'] !== 'string' || typeof column['type'] !== 'string') {
    return 'lacks its name or type'
  }
  if (!families.some((family) => family === column['family'])) return 'has no known family'
  const wrong = counts.find((name) => !isCount(column[name]))
  if (wrong !== undefined) return `has no count '${wrong}'`
  const { distinct } = column
  if (!isObject(distinct) || !isCount(distinct['count'])) return 'has no count of different values'
  if (!isCounts(column['top'])) return `has no list of its most frequent values, 'top'`
  if (!isNumbers(column['numbers'])) return `has 'numbers' that are none`
  if (!isTexts(column['texts'])) return `has 'texts' that are none`
  return isDistribution(column['distribution']) ? undefined : 'has no distribution'
}

const moments = ['count', 'min', 'max', 'mean', 'squaredDeviations', 'zeros', 'negatives'] as const

function isNumbers(value: unknown): boolean {
  if (value === undefined) return true
  if (!isObject(value) || !moments.every((name) => Number.isFinite(value[name]))) return false
  const { histogram, quantiles } = value
  if (!isObject(histogram) || !isQuantiles(quantiles)) return false
  const { edges, counts: binned } = histogram
  return (
    Array.isArray(edges) &&
    Array.isArray(binned) &&
    edges.length === binned.length + 1 &&
    edges.every((edge) => Number.isFinite(edge)) &&
    binned.every(isCount)
  )
}

function isQuantiles(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every(isQuantile))
}

function isQuantile(value: unknown): boolean {
  return isObject(value) && Number.isFinite(value['share']) && Number.isFinite(value['value'])
}

function isTexts(value: unknown): boolean {
  if (value === undefined) return true
  if (!isObject(value) || !isObject(value['lengths'])) return false
  const { lengths } = value
  return (
    isCounts(value['classes']) &&
    ['min', 'max', 'mean'].every((name) => Number.isFinite(lengths[name]))
  )
}

/** A list of values with their counts. */
function isCounts(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (each) => isObject(each) && typeof each['value'] === 'string' && isCount(each['count']),
    )
  )
}

function isDistribution(value: unknown): boolean {
  if (!isObject(value)) return false
  const { kind, values, counts: listed, resolution, others } = value
  if (kind === 'none') return true
  if (!Array.isArray(listed)) return false
  if (kind === 'categories') return isCount(others) && isCounts(listed)
  return (
    kind === 'numbers' &&
    typeof resolution === 'number' &&
    Array.isArray(values) &&
    values.length === listed.length &&
    values.every((each, i) => Number.isFinite(each) && (i === 0 || each > values[i - 1])) &&
    listed.every((each) => isCount(each) && each > 0)
  )
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
