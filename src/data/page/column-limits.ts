/** What a suite says of the values of a column, as it can be drawn into a picture of them. */

import type { ExpectationResult } from '../expectations/validation-result.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../expectations/outcome.ts'
import type { ColumnFamily } from '../table/column.ts'
import type { Band } from './histogram-svg.ts'

/** Limits of a picture. Times are microseconds since 1970. */
export interface ColumnLimits {
  /** Of every value. */
  readonly values: { readonly min?: number; readonly max?: number }
  /** Of numbers of the column, such as its mean. */
  readonly bands: readonly Band[]
  /** Whether a value, as text, is one that the suite allows. */
  readonly allows: (value: string) => boolean
}

/** More lanes than these are not drawn. */
const mostBands = 6

/**
 * Expectations about some rows only and those that could not be asked draw nothing.
 *
 * @param results - those of one column
 */
export function readColumnLimits(
  results: readonly ExpectationResult[],
  family: ColumnFamily,
): ColumnLimits {
  const drawn = results.filter(
    ({ expectation_config: { kwargs }, meta }) =>
      (kwargs['row_condition'] ?? null) === null && meta.error_code === undefined,
  )
  const values = drawn
    .filter(({ expectation_config: { type } }) => type === 'expect_column_values_to_be_between')
    .reduce<ColumnLimits['values']>(
      (limits, { expectation_config: { kwargs } }) =>
        narrow(limits, readRange(kwargs['min_value'], kwargs['max_value'], family)),
      {},
    )
  const sets = drawn.flatMap((one) => readSet(one, family))
  return {
    values,
    bands: drawn.flatMap((one) => readBands(one, family)).slice(0, mostBands),
    allows: (value) => sets.every((isMember) => isMember(value)) && isWithin(value, values, family),
  }
}

type Range = { readonly min?: number; readonly max?: number }

function narrow(a: Range, b: Range): Range {
  const mins = [a.min, b.min].filter((limit) => limit !== undefined)
  const maxs = [a.max, b.max].filter((limit) => limit !== undefined)
  return {
    ...(mins.length > 0 && { min: Math.max(...mins) }),
    ...(maxs.length > 0 && { max: Math.min(...maxs) }),
  }
}

function readRange(
  min: JsonValue | undefined,
  max: JsonValue | undefined,
  family: ColumnFamily,
): Range {
  const [low, high] = [readLimit(min, family), readLimit(max, family)]
  return { ...(low !== undefined && { min: low }), ...(high !== undefined && { max: high }) }
}

function readLimit(limit: JsonValue | undefined, family: ColumnFamily): number | undefined {
  const number =
    family === 'time' && typeof limit === 'string'
      ? readTime(limit)
      : family === 'text' || limit === '' || limit === null
        ? undefined
        : Number(limit)
  return Number.isFinite(number) ? number : undefined
}

/** A time without a zone is UTC. */
function readTime(text: string): number {
  const [, day = '', time = '00:00', zone = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?(Z|[+-]\d{2}:\d{2})?$/.exec(
      text,
    ) ?? []
  return Date.parse(`${day}T${time}${zone}`) * 1000
}

function isWithin(value: string, { min, max }: Range, family: ColumnFamily): boolean {
  if (min === undefined && max === undefined) return true
  const number = Number(keyOfText(value, family))
  return !(number < (min ?? -Infinity)) && !(number > (max ?? Infinity))
}

const setTypes: ReadonlyMap<string, 'members' | 'others'> = new Map([
  ['expect_column_values_to_be_in_set', 'members'],
  ['expect_column_distinct_values_to_be_in_set', 'members'],
  ['expect_column_distinct_values_to_equal_set', 'members'],
  ['expect_column_values_to_not_be_in_set', 'others'],
] as const)

function readSet(
  { expectation_config: { type, kwargs } }: ExpectationResult,
  family: ColumnFamily,
): ((value: string) => boolean)[] {
  const allowed = setTypes.get(type)
  const members = kwargs['value_set']
  if (allowed === undefined || !Array.isArray(members)) return []
  const listed: readonly JsonValue[] = members
  const keys = new Set(listed.flatMap((member) => keyOf(member, family) ?? []))
  return [(value) => keys.has(keyOfText(value, family)) === (allowed === 'members')]
}

/** As Python compares: 1, 1.0 and true are one value, '1' is another. */
function keyOf(member: JsonValue, family: ColumnFamily): string | number | undefined {
  if (member === null) return undefined
  const isText = family === 'text' || family === 'time'
  if (typeof member === 'string') return isText ? keyOfText(member, family) : undefined
  return isText ? undefined : Number(member)
}

/** @param value - as a profile writes it */
function keyOfText(value: string, family: ColumnFamily): string | number {
  if (family === 'text') return value
  if (family === 'time') return readTime(value)
  return value === 'true' || value === 'false' ? Number(value === 'true') : Number(value)
}

const numberNames: ReadonlyMap<string, string> = new Map([
  ['expect_column_min_to_be_between', 'least'],
  ['expect_column_max_to_be_between', 'greatest'],
  ['expect_column_mean_to_be_between', 'mean'],
  ['expect_column_median_to_be_between', 'median'],
])

function readBands(one: ExpectationResult, family: ColumnFamily): Band[] {
  const { expectation_config: expectation, result, success } = one
  const { type, kwargs } = expectation
  if (type === 'expect_column_quantile_values_to_be_between') return readQuantiles(one, family)
  const name = numberNames.get(type)
  if (name === undefined) return []
  const range = readRange(kwargs['min_value'], kwargs['max_value'], family)
  const found = readLimit(result['observed_value'], family)
  return toBand(name, range, { found, isBroken: !success })
}

function readQuantiles(
  { expectation_config: { kwargs }, result }: ExpectationResult,
  family: ColumnFamily,
): Band[] {
  const wanted = memberOf(kwargs, 'quantile_ranges')
  const found = listOf(memberOf(result, 'observed_value')['values'])
  const verdicts = listOf(memberOf(result, 'details')['success_details'])
  const ranges = listOf(wanted['value_ranges'])
  return listOf(wanted['quantiles']).flatMap((quantile, i) => {
    const [min, max] = listOf(ranges[i])
    return toBand(`quantile ${Number(quantile)}`, readRange(min, max, family), {
      found: readLimit(found[i], family),
      isBroken: verdicts[i] === false,
    })
  })
}

function toBand(
  name: string,
  range: Range,
  { found, isBroken }: { readonly found: number | undefined; readonly isBroken: boolean },
): Band[] {
  if (range.min === undefined && range.max === undefined) return []
  return [{ name, ...range, ...(found !== undefined && { found }), isBroken }]
}

function memberOf(value: JsonObject, name: string): JsonObject {
  const member = value[name]
  return isJsonObject(member) ? member : {}
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}
