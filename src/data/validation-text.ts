/** A validation result for people: what failed, with the first values, and one line of counts. */

import { describeExpectation } from './expectations/describe-expectation.ts'
import {
  describeQuantiles,
  describeRowCounts,
  findMessage,
} from './expectations/describe-finding.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './expectations/outcome.ts'
import { severities } from './expectations/suite.ts'
import {
  type ExpectationResult,
  failuresOf,
  gravestFirst,
  type ValidationResult,
} from './expectations/validation-result.ts'
import { formatNumber, shortenText } from '../core/format-number.ts'
import { escapeControls } from '../core/visible-text.ts'

/** More lines than these of one kind are counted. */
const shownFailures = 50
const shownNotes = 20

/**
 * One line for each failed expectation, critical ones first, one for each
 * warning, and a last line with counts; no final newline. Long lists are cut.
 */
export function renderValidation(result: ValidationResult): string {
  const failures = gravestFirst(result)
  const notes = [
    ...result.results.flatMap(renderNotes),
    ...(result.meta.warnings ?? []).map((warning) => `note: ${warning}`),
  ]
  const lines = [
    ...failures.slice(0, shownFailures).map(renderFailure),
    ...countRest(failures.length - shownFailures, 'failed expectations'),
    ...notes.slice(0, shownNotes),
    ...countRest(notes.length - shownNotes, 'notes'),
    renderCounts(result),
  ]
  return lines.map(escapeControls).join('\n')
}

/** What critical expectations found, a sentence each, without their places in the suite. */
export function describeCritical(result: ValidationResult): readonly string[] {
  return failuresOf(result, 'critical').map((one) =>
    escapeControls(`${describeExpectation(one.expectation_config)}: ${renderFinding(one)}`),
  )
}

function countRest(count: number, what: string): string[] {
  return count > 0 ? [`… and ${count} more ${what}`] : []
}

function renderFailure(one: ExpectationResult): string {
  const { severity } = one.expectation_config
  return `${severity}: ${renderPlace(one)}: ${renderFinding(one)}`
}

function renderNotes(one: ExpectationResult): string[] {
  return (one.meta.warnings ?? []).map((warning) => `note: ${renderPlace(one)}: ${warning}`)
}

/** The place in the suite and the sentence that stands there. */
function renderPlace({ expectation_config: expectation, meta }: ExpectationResult): string {
  return `expectations[${meta.index}] ${describeExpectation(expectation)}`
}

function renderFinding(one: ExpectationResult): string {
  const message = findMessage(one)
  if (message !== undefined) return `could not be checked: ${message}`
  const { result } = one
  const values = result['partial_unexpected_list']
  const counts = describeRowCounts(result, Array.isArray(values) ? renderValues(values) : '')
  if (counts !== undefined) return counts
  const { details } = result
  if (isJsonObject(details) && details['mismatched'] !== undefined) {
    return `differs: ${show(details['mismatched'])}`
  }
  return renderObserved(result)
}

function renderObserved(result: JsonObject): string {
  const observed = result['observed_value']
  if (observed === undefined) return 'does not hold'
  if (observed === null) return 'there is no value'
  const quantiles = describeQuantiles(observed)
  return quantiles === undefined
    ? `it is ${show(observed)}`
    : `they are ${shortenText(quantiles, shownLength)}`
}

const shownValues = 5

function renderValues(values: readonly JsonValue[]): string {
  const distinct = [...new Set(values.filter((value) => value !== null).map(show))]
  if (distinct.length === 0) return ''
  const more = distinct.length > shownValues ? ', …' : ''
  return `, such as ${distinct.slice(0, shownValues).join(', ')}${more}`
}

const shownLength = 120

function show(value: JsonValue | undefined): string {
  if (typeof value === 'number') return formatNumber(value)
  if (typeof value === 'string') return `'${shortenText(value, shownLength)}'`
  return shortenText(JSON.stringify(value) ?? 'nothing', shownLength)
}

function renderCounts(result: ValidationResult): string {
  const { statistics, suite_name: name } = result
  const { evaluated_expectations: all, successful_expectations: held } = statistics
  const failed = severities.toReversed().flatMap((severity) => {
    const count = failuresOf(result, severity).length
    return count === 0 ? [] : [`${count} ${severity}`]
  })
  const failures = failed.length === 0 ? '' : `; failed: ${failed.join(', ')}`
  return `suite '${name}': ${held} of ${all} expectations hold${failures}`
}
