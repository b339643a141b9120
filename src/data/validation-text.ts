/** A validation result for people: what failed, with the first values, and one line of counts. */

import { isJsonObject, type JsonObject, type JsonValue } from './expectations/outcome.ts'
import type { Severity } from './expectations/suite.ts'
import type { ExpectationResult, ValidationResult } from './expectations/validation-result.ts'

/** The worst severity among the expectations that failed, or `undefined` when all hold. */
export function highestFailingSeverity(result: ValidationResult): Severity | undefined {
  return result.meta.highest_failing_severity ?? undefined
}

/**
 * One line for each failed expectation, one for each warning, and a last line
 * with counts; no final newline.
 */
export function renderValidation(result: ValidationResult): string {
  const failures = result.results.filter(({ success }) => !success).map(renderFailure)
  const warnings = result.results.flatMap(renderWarnings)
  const general = (result.meta.warnings ?? []).map((warning) => `note: ${warning}`)
  const lines = [...failures, ...warnings, ...general, renderCounts(result)]
  return lines.map(escapeControls).join('\n')
}

/** Data must not move the cursor of whoever reads about it. */
function escapeControls(line: string): string {
  return line.replaceAll(
    /\p{Cc}/gu,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function renderFailure(result: ExpectationResult): string {
  const { severity, type } = result.expectation_config
  return `${severity}: ${renderSubject(result)}${type} ${renderFinding(result)}`
}

function renderWarnings(result: ExpectationResult): string[] {
  const { type } = result.expectation_config
  return (result.meta.warnings ?? []).map(
    (warning) => `note: ${renderSubject(result)}${type}: ${warning}`,
  )
}

/** The column or columns the expectation is about; nothing for the table as a whole. */
function renderSubject({ expectation_config: { type, kwargs } }: ExpectationResult): string {
  if (type.startsWith('expect_table_')) return ''
  const { column, column_A: a, column_B: b, column_list: list } = kwargs
  const names = [column, a, b, ...(Array.isArray(list) ? list : [])]
  return `${names.filter((name) => typeof name === 'string').join(', ')} `
}

function renderFinding({
  result,
  exception_info: info,
  expectation_config,
}: ExpectationResult): string {
  const raised = Object.values(info).find(isException)
  if (raised !== undefined) return `could not be checked: ${raised.exception_message}`
  const wanted = renderWanted(expectation_config.kwargs)
  if (result['unexpected_count'] !== undefined) return `${renderRows(result)}${wanted}`
  const { details } = result
  if (isJsonObject(details) && details['mismatched'] !== undefined) {
    return `differs: ${show(details['mismatched'])}`
  }
  const observed = result['observed_value']
  return observed === undefined ? `fails${wanted}` : `observed ${show(observed)}${wanted}`
}

function isException(value: unknown): value is { readonly exception_message: string } {
  return typeof value === 'object' && value !== null && 'exception_message' in value
}

function renderRows(result: JsonObject): string {
  const { unexpected_count: unexpected, element_count: rows } = result
  const percent = Number(result['unexpected_percent']).toPrecision(3)
  const values = result['partial_unexpected_list']
  const shown = Array.isArray(values) ? renderValues(values) : ''
  return `${show(unexpected)} of ${show(rows)} rows (${Number(percent)} %)${shown}`
}

const shownValues = 5

function renderValues(values: readonly JsonValue[]): string {
  const distinct = [...new Set(values.map(show))]
  const more = distinct.length > shownValues ? ', …' : ''
  return `, such as ${distinct.slice(0, shownValues).join(', ')}${more}`
}

/** The arguments besides the columns: what was expected. */
function renderWanted(kwargs: JsonObject): string {
  const wanted = Object.entries(kwargs).filter(([name]) => !name.startsWith('column'))
  if (wanted.length === 0) return ''
  return `; expected ${wanted.map(([name, value]) => `${name} ${show(value)}`).join(', ')}`
}

const shownLength = 120

function show(value: JsonValue | undefined): string {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? 'nothing')
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}…`
}

function renderCounts({ statistics, results, suite_name: name }: ValidationResult): string {
  const { evaluated_expectations: all, successful_expectations: held } = statistics
  const failed = (['critical', 'warning', 'info'] as const).flatMap((severity) => {
    const count = results.filter(
      (result) => !result.success && result.expectation_config.severity === severity,
    ).length
    return count === 0 ? [] : [`${count} ${severity}`]
  })
  const failures = failed.length === 0 ? '' : `; failed: ${failed.join(', ')}`
  return `suite '${name}': ${held} of ${all} expectations hold${failures}`
}
