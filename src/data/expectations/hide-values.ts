import { findMessage } from './describe-finding.ts'
import type { JsonObject } from './outcome.ts'
import type { ExpectationResult, ValidationResult } from './validation-result.ts'

/**
 * The result without values of the data: counts, shares, verdicts and positions
 * of rows stay, and so does the suite itself, which quotes no row.
 *
 * Values that break an expectation, observed values (a least value is one of
 * the data), details, and messages and notes that may quote cells are left out.
 */
export function hideValues(result: ValidationResult): ValidationResult {
  const { warnings, ...meta } = result.meta
  return {
    ...result,
    results: result.results.map(hideOne),
    meta: { ...meta, ...hideWarnings(warnings) },
  }
}

function hideOne(one: ExpectationResult): ExpectationResult {
  const { warnings, ...meta } = one.meta
  const raised = findMessage(one) !== undefined
  return {
    ...one,
    result: hideResult(one.result),
    meta: { ...meta, ...hideWarnings(warnings) },
    ...(raised && {
      exception_info: {
        [one.expectation_config.type]: {
          raised_exception: true,
          exception_traceback: null,
          exception_message: 'the message is hidden, because values may stand in it',
        },
      },
    }),
  }
}

/** What counts, or says how much of something there is. */
const countNames = /^(element_count|(unexpected|missing)_(count|percent\w*))$/
const positionNames = new Set(['partial_unexpected_index_list', 'unexpected_index_list'])

function hideResult(result: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(result).filter(
      ([name, value]) =>
        countNames.test(name) ||
        // With columns that name a row, its values stand here.
        (positionNames.has(name) &&
          Array.isArray(value) &&
          value.every((position) => typeof position === 'number')),
    ),
  )
}

function hideWarnings(warnings: readonly string[] = []): { readonly warnings?: readonly string[] } {
  if (warnings.length === 0) return {}
  const notes = warnings.length === 1 ? 'note is' : 'notes are'
  return { warnings: [`${warnings.length} ${notes} hidden`] }
}
