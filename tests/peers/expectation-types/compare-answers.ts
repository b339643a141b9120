/** Where our answer to one expectation differs from Great Expectations', and whether the difference is meant. */

import type { ExpectationResult } from '../../../src/data/expectations/validation-result.ts'
import type { Item } from './cases.ts'

/** What the peer found. */
export interface Answer {
  readonly success?: boolean
  /** What it raised when validating. */
  readonly raised?: string | null
  /** Why it did not take the expectation. */
  readonly refused?: string
  readonly result?: Readonly<Record<string, unknown>>
}

interface Case {
  readonly table: string
  readonly item: Item
}

interface Difference {
  readonly kind: 'known' | 'unknown'
  readonly what: string
}

/** `undefined` when success, counts, percents, observed values and lists are equal. */
export function findDifference(
  ours: ExpectationResult,
  theirs: Answer,
  asked: Case,
): Difference | undefined {
  const what = describeDifference(ours, theirs)
  if (what === undefined) return undefined
  const rule = rules.find(({ applies }) => applies(asked, theirs))
  return rule === undefined ? { kind: 'unknown', what } : { kind: 'known', what: rule.name }
}

function describeDifference(ours: ExpectationResult, theirs: Answer): string | undefined {
  const raised = messageOf(ours)
  if (theirs.refused !== undefined) {
    return raised === undefined ? `refused: ${theirs.refused}` : undefined
  }
  if (typeof theirs.raised === 'string') {
    return raised === undefined ? `raised: ${theirs.raised.slice(0, 900)}` : undefined
  }
  if (raised !== undefined) return `ours raised: ${raised}`
  if (ours.success !== theirs.success) {
    return `success ${ours.success}: ${JSON.stringify(ours.result)} but ${JSON.stringify(theirs.result)}`
  }
  // The observed type is DuckDB's in ours, numpy's in theirs.
  if (/type/.test(ours.expectation_config.type)) return undefined
  const keys = [...new Set([...Object.keys(ours.result), ...Object.keys(theirs.result ?? {})])]
  const key = keys.find(
    (each) => !isAlike(normalize(each, ours.result[each]), normalize(each, theirs.result?.[each])),
  )
  if (key === undefined) return undefined
  return `${key}: ${JSON.stringify(ours.result[key])} but ${JSON.stringify(theirs.result?.[key])}`
}

function messageOf({ exception_info: info }: ExpectationResult): string | undefined {
  const text = JSON.stringify(info)
  return text.includes('"raised_exception":true') ? text : undefined
}

/** Lists that GX takes from a Python set have no order; samples with a null are counted apart by pandas. */
function normalize(key: string, given: unknown): unknown {
  if (key === 'partial_missing_list' && Array.isArray(given)) return given.map(toText).sort()
  if (key !== 'partial_unexpected_counts' || !Array.isArray(given)) return given
  const summed = new Map<string, number>()
  for (const { value, count } of given as readonly { value: unknown; count: number }[]) {
    const name = toText(value)
    summed.set(name, (summed.get(name) ?? 0) + count)
  }
  return [...summed].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Lists of numbers and of booleans that Python holds equal look the same. */
function toText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toText).join()}]`
  return typeof value === 'boolean' ? String(Number(value)) : formatScalar(value)
}

function formatScalar(value: unknown): string {
  if (value === 'NaT') return 'null'
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value))
    return value.replace(/\.0+$/, '')
  // What JSON.parse makes of the peer's integers beyond 2⁵³.
  if (typeof value === 'string' && /^-?\d{16,}$/.test(value)) return String(BigInt(Number(value)))
  if (typeof value === 'number' && Math.abs(value) >= 2 ** 53) return String(BigInt(value))
  return value === undefined ? 'absent' : typeof value === 'string' ? value : JSON.stringify(value)
}

/** Equal, but floats to nine digits, and integers beyond 2⁵³, which we write as text. */
function isAlike(ours: unknown, theirs: unknown): boolean {
  if (typeof ours === 'number' && typeof theirs === 'number') {
    return Math.abs(ours - theirs) <= 1e-9 * Math.max(1, Math.abs(theirs))
  }
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    return ours.length === theirs.length && ours.every((value, i) => isAlike(value, theirs[i]))
  }
  if (isRecord(ours) && isRecord(theirs)) {
    const keys = Object.keys(theirs)
    return (
      keys.length === Object.keys(ours).length &&
      keys.every((key) => isAlike(ours[key], theirs[key]))
    )
  }
  if (typeof ours === 'string' && typeof theirs === 'number') return Number(ours) === theirs
  return toText(ours) === toText(theirs)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Rule {
  /** Stands in docs/differences-from-great-expectations.md or docs/expectation-types.md. */
  readonly name: string
  readonly applies: (asked: Case, theirs: Answer) => boolean
}

const rules: readonly Rule[] = [
  {
    // pandas marks a missing text by None and a missing number by NaN.
    name: 'two missing values of a row are alike, whatever the types of their columns',
    applies: ({ item }) => item.type.endsWith('_unique_within_record'),
  },
  {
    // numpy adds a share of infinity, if only of 0, which is no number.
    name: 'a quantile is a number where only values above it are infinite',
    applies: ({ item: { type, kwargs } }) =>
      kwargs['column'] === 'f' &&
      ((type.endsWith('_outliers') && kwargs['method'] !== 'std') ||
        (type.includes('quantile') &&
          ['linear', 'midpoint'].includes(String(kwargs['allow_relative_error'])))),
  },
  {
    // pandas does not compare a time with a date.
    name: 'a date is a limit of times',
    applies: ({ item }, { raised }) =>
      item.kwargs['column'] === 'd' && item.type.endsWith('_between') && typeof raised === 'string',
  },
  {
    // Beside a fraction, numpy compares integers as floats.
    name: 'integers beyond 2⁵³ are compared exactly, whatever else is in the set',
    applies: ({ item: { kwargs } }) =>
      kwargs['column'] === 'big' &&
      Array.isArray(kwargs['value_set']) &&
      kwargs['value_set'].some((each) => typeof each === 'number' && !Number.isInteger(each)),
  },
  {
    // Python cannot order null among texts.
    name: 'samples of which one is missing are counted as well',
    applies: ({ item }, { result }) =>
      /pair|compound/.test(item.type) && result?.['partial_unexpected_counts'] === undefined,
  },
  {
    // Of times pandas' answer is NaT, which the peer does not take for none, as it does None and NaN.
    name: 'the smallest and the largest of no values are none, whatever the type',
    applies: ({ item }, { result }) =>
      /_(?:min|max)_to_be_between$/.test(item.type) && result?.['observed_value'] === 'NaT',
  },
]
