/** What came of an expectation, in words. */

import { formatCount, formatNumber, formatShare, pluralize } from '../../core/format-number.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './outcome.ts'
import type { ExpectationResult } from './validation-result.ts'

/** Why an expectation could not be asked; `undefined` when it was. */
export function findMessage({
  exception_info: info,
}: Pick<ExpectationResult, 'exception_info'>): string | undefined {
  const raised: readonly unknown[] = Object.values(info)
  return raised
    .map((each) => (isJsonObject(each) ? each['exception_message'] : undefined))
    .find((message) => typeof message === 'string')
}

/**
 * How many rows break it: '312 of 30,000 rows (1.04 %) do not'; `undefined` when it is not about single rows.
 *
 * @param examples - stands behind what does not hold, such as ', such as 17'
 */
export function describeRowCounts(result: JsonObject, examples = ''): string | undefined {
  if (typeof result['element_count'] !== 'number') return undefined
  const count = (name: string): number => Number(result[name] ?? 0)
  const missing = count('missing_count')
  const considered = count('element_count') - missing
  const unexpected = count('unexpected_count')
  const share = considered === 0 ? '' : ` (${formatShare(unexpected / considered)})`
  const left =
    missing === 0 ? '' : `; ${countRows(missing)} without a value ${does(missing)} not count`
  if (unexpected === 0) return `all ${countRows(considered)} ${does(considered)}${left}`
  return `${formatCount(unexpected)} of ${countRows(considered)}${share} ${does(unexpected)} not${examples}${left}`
}

function countRows(count: number): string {
  return `${formatCount(count)} ${pluralize(count, 'row')}`
}

function does(count: number): string {
  return count === 1 ? 'does' : 'do'
}

/** Quantiles and what they are: '0.5: 30, 0.9: 51'; `undefined` for anything else that was observed. */
export function describeQuantiles(observed: JsonValue | undefined): string | undefined {
  if (!isJsonObject(observed)) return undefined
  const { quantiles, values } = observed
  if (!Array.isArray(quantiles) || !Array.isArray(values)) return undefined
  const found: readonly JsonValue[] = values
  return quantiles
    .map((quantile, i) => `${showNumber(quantile)}: ${showNumber(found[i])}`)
    .join(', ')
}

function showNumber(value: JsonValue | undefined): string {
  return typeof value === 'number'
    ? formatNumber(value)
    : value === null
      ? 'none'
      : JSON.stringify(value ?? 'none')
}
