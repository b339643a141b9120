/** Lower and upper limits, inclusive unless strict, as arguments and as SQL. */

import { quoteText } from '../duckdb-store.ts'
import { type Column, numberOf, unfitColumn, valueOf } from '../table/column.ts'
import { boolean, bound, number } from './kwargs.ts'

/** The arguments of expectations whose limits are of the column's own kind: numbers, dates or times. */
export const boundKwargs = {
  min_value: bound,
  max_value: bound,
  strict_min: boolean,
  strict_max: boolean,
} as const

/** The arguments of expectations about a number, such as a mean or a count. */
export const numberBoundKwargs = {
  min_value: number,
  max_value: number,
  strict_min: boolean,
  strict_max: boolean,
} as const

export interface Bounds<T extends number | string = number | string> {
  readonly min_value: T | undefined
  readonly max_value: T | undefined
  readonly strict_min: boolean | undefined
  readonly strict_max: boolean | undefined
}

/** Limits that no value can keep to, or of two kinds. */
export function findBoundProblems(bounds: Bounds): string[] {
  const { min_value: min, max_value: max } = bounds
  if (min === undefined || max === undefined) return []
  if (typeof min !== typeof max) {
    return [`has a min_value ${format(min)} and a max_value ${format(max)} of different kinds`]
  }
  const isEmpty = min === max && (bounds.strict_min === true || bounds.strict_max === true)
  if (isAbove(min, max) || isEmpty) {
    return [`has limits that no value keeps to: min_value ${format(min)}, max_value ${format(max)}`]
  }
  return []
}

/** Texts that are numbers may be meant as such: '9' is not above '10'. */
function isAbove(min: number | string, max: number | string): boolean {
  if (isNumber(min) && isNumber(max)) return Number(min) > Number(max)
  return min > max
}

function isNumber(limit: number | string): boolean {
  return typeof limit === 'number' || /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(limit)
}

/** The same, and at least one limit must be given. */
export function findRowBoundProblems(bounds: Bounds): string[] {
  if (bounds.min_value === undefined && bounds.max_value === undefined) {
    return ["needs 'min_value' or 'max_value'"]
  }
  return findBoundProblems(bounds)
}

/** Whether a number keeps to the limits. */
export function isWithin(value: number, bounds: Bounds<number>): boolean {
  const { min_value: min = -Infinity, max_value: max = Infinity } = bounds
  const isAboveMin =
    bounds.strict_min === true && bounds.min_value !== undefined ? value > min : value >= min
  const isBelowMax =
    bounds.strict_max === true && bounds.max_value !== undefined ? value < max : value <= max
  return isAboveMin && isBelowMax
}

/** The condition that an SQL value keeps to the limits; TRUE without limits. */
export function withinSql<T extends number | string>(
  value: string,
  bounds: Bounds<T>,
  literal: (limit: T) => string,
): string {
  const conditions: string[] = []
  if (bounds.min_value !== undefined) {
    const operator = bounds.strict_min === true ? '>' : '>='
    conditions.push(`${value} ${operator} ${literal(bounds.min_value)}`)
  }
  if (bounds.max_value !== undefined) {
    const operator = bounds.strict_max === true ? '<' : '<='
    conditions.push(`${value} ${operator} ${literal(bounds.max_value)}`)
  }
  return conditions.length === 0 ? 'TRUE' : `(${conditions.join(' AND ')})`
}

/**
 * The column's values and a writer of literals that compare with them: texts
 * by code points, dates and times in time, everything else as numbers.
 *
 * @throws {ToolkitError} `DATA_CHECK_FAILED` when the limits are of another kind than the column.
 */
export function comparableTo(
  column: Column,
  bounds: Bounds,
): { readonly value: string; readonly literal: (limit: number | string) => string } {
  const limits = [bounds.min_value, bounds.max_value].filter((limit) => limit !== undefined)
  if (column.family === 'text' && limits.every((limit) => typeof limit === 'string')) {
    return {
      value: `CAST(${valueOf(column)} AS VARCHAR)`,
      literal: (text) => quoteText(String(text)),
    }
  }
  if (column.family === 'time') {
    const unfit = limits.find((limit) => typeof limit === 'number' || !isoTime.test(limit))
    if (unfit === undefined) {
      return { value: valueOf(column), literal: (text) => timeLiteral(column, String(text)) }
    }
    throw unfitColumn(column, `limits such as '2024-01-31': a limit is ${format(unfit)}`)
  }
  const value = numberOf(column)
  const text = limits.find((limit) => !isNumber(limit))
  if (text !== undefined) throw unfitColumn(column, `numbers: a limit is ${format(text)}`)
  return { value, literal: (limit) => numberLiteral(Number(limit)) }
}

const isoTime = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?(Z|[+-]\d{2}(:?\d{2})?)?$/

/** A DATE is compared as the midnight it starts with. */
export function timeLiteral(column: Column, text: string): string {
  const type = column.type === 'DATE' ? 'TIMESTAMP' : column.type
  return `CAST(${quoteText(text)} AS ${type})`
}

/** Integers stay exact beside BIGINT, as in Python; everything else is compared as DOUBLE. */
export function numberLiteral(value: number): string {
  const isExact = Number.isInteger(value) && Math.abs(value) < 2 ** 63
  return isExact ? String(BigInt(value)) : `CAST('${value}' AS DOUBLE)`
}

function format(value: number | string): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
