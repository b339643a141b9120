/** A validation as a page: the verdict, what failed and by which values, and all that was checked. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { formatCount, formatShare, shortenText } from '../../core/format-number.ts'
import { describeExpectation } from '../expectations/describe-expectation.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../expectations/outcome.ts'
import { severities, type Severity } from '../expectations/suite.ts'
import type { ExpectationResult, ValidationResult } from '../expectations/validation-result.ts'
import { drawBadge, drawVerdict, type Tone } from './badge.ts'
import { drawCategoryBars } from './category-bars.ts'
import { drawFacts, drawTable } from './data-table.ts'
import { drawLeftOut, fitItems } from './fit-size.ts'
import { renderPage } from './page.ts'
import { drawShareBar } from './share-bar.ts'
import { drawValue } from './value.ts'

/** What the page is about, besides the result. */
export interface ValidationPageOptions {
  /** Names the data, such as the path of its file. */
  readonly name: string
  /** Whether values of the data stay out of the page; counts and shares stay in. */
  readonly hidesValues?: boolean
}

/**
 * One HTML file of at most 300 kB, whatever the result: what does not fit is
 * counted. It runs nothing, fetches nothing and has no date in it.
 */
export function renderValidationPage(
  result: ValidationResult,
  options: ValidationPageOptions,
): string {
  return renderPage({
    title: 'Data validation',
    subtitle: shortenText(options.name, 300),
    body: html`${drawSummary(result)}${drawNotes(result.meta, options)}${drawFailures(result, options)}${drawAll(result, options)}`,
  })
}

const severityTones: Readonly<Record<Severity, Tone>> = {
  critical: 'bad',
  warning: 'warn',
  info: 'info',
}

function drawSummary(result: ValidationResult): Markup {
  const { evaluated_expectations: all, successful_expectations: held } = result.statistics
  const failed = severities
    .toReversed()
    .map((severity) => ({ severity, count: countFailing(result, severity) }))
    .filter(({ count }) => count > 0)
  const parts = [
    { share: all === 0 ? 0 : held / all, tone: 'good' as const, label: 'hold' },
    ...failed.map(({ severity, count }) => ({
      share: count / all,
      tone: severityTones[severity],
      label: `fail, ${severity}`,
    })),
  ]
  const detail = html`<p>${formatCount(held)} of ${formatCount(all)} expectations hold</p>
    ${drawShareBar(parts)}`
  const facts = drawFacts([
    ['suite', html`<bdi>${shortenText(result.suite_name, 200)}</bdi>`],
    ...failed.map(
      ({ severity, count }) => [`${severity} failed`, html`${formatCount(count)}`] as const,
    ),
  ])
  return html`${drawVerdict(verdictTone(result), headline(result), detail)}${facts}`
}

function countFailing({ results }: ValidationResult, severity: Severity): number {
  return results.filter(
    ({ success, expectation_config: { severity: own } }) => !success && own === severity,
  ).length
}

function verdictTone({ success, meta }: ValidationResult): Tone {
  if (success) return 'good'
  return severityTones[meta.highest_failing_severity ?? 'critical']
}

function headline(result: ValidationResult): string {
  if (result.success) return 'Passed'
  if (result.results.length === 0) return 'Failed: nothing was checked'
  const worst = result.meta.highest_failing_severity ?? 'critical'
  const count = countFailing(result, worst)
  const what = count === 1 ? 'expectation does' : 'expectations do'
  const verdict = worst === 'critical' ? 'Failed' : 'Passed with remarks'
  return `${verdict}: ${formatCount(count)} ${worst} ${what} not hold`
}

/** Notes may quote the data, such as the first odd cell of a column. */
function drawNotes(
  { warnings = [] }: { readonly warnings?: readonly string[] },
  { hidesValues = false }: ValidationPageOptions,
): Markup {
  if (warnings.length === 0) return noMarkup
  if (hidesValues) {
    const notes = warnings.length === 1 ? 'note is' : 'notes are'
    return html`<p class="quiet">${formatCount(warnings.length)} ${notes} hidden</p>`
  }
  return drawLines(warnings, 'notes')
}

function drawLines(lines: readonly string[], what: string): Markup {
  const { items, leftOut } = fitItems(
    lines,
    (line) => html`<li class="warn"><span class="toned">!</span> ${shortenText(line, 400)}</li>`,
    { limitBytes: 8000, most: 10 },
  )
  return html`<ul class="plain">
      ${items}
    </ul>
    ${drawLeftOut(leftOut, what)}`
}

function drawFailures({ results }: ValidationResult, options: ValidationPageOptions): Markup {
  const failing = severities
    .toReversed()
    .flatMap((severity) =>
      results.filter((one) => !one.success && one.expectation_config.severity === severity),
    )
  if (failing.length === 0) return noMarkup
  const { items, leftOut } = fitItems(failing, (one) => drawFailure(one, options), {
    limitBytes: 170_000,
  })
  return html`<h2>What failed</h2>
    ${items}${drawLeftOut(leftOut, 'failed expectations')}`
}

function drawFailure(one: ExpectationResult, options: ValidationPageOptions): Markup {
  const { expectation_config: expectation, result, meta } = one
  const tone = severityTones[expectation.severity]
  return html`<article class="card marked ${tone}" id="e${meta.index}">
    <div class="head">
      ${drawBadge(tone, expectation.severity)}
      <h3>${describeExpectation(expectation)}</h3>
      <span class="quiet">#${meta.index}</span>
    </div>
    <p>found: ${drawFinding(one, options)}</p>
    ${drawReason(expectation.meta['reason'])}${drawUnexpected(result, options)}${drawNotes(meta, options)}
  </article>`
}

function drawReason(reason: JsonValue | undefined): Markup {
  return typeof reason === 'string'
    ? html`<p class="reason">${shortenText(reason, 500)}</p>`
    : noMarkup
}

/** What was found, in a few words. */
function drawFinding(
  one: ExpectationResult,
  { hidesValues = false }: ValidationPageOptions,
): Markup {
  const message = findMessage(one)
  if (message !== undefined) {
    const hidden = 'could not be checked; the message is hidden, because values may stand in it'
    return html`${hidesValues ? hidden : `could not be checked: ${shortenText(message, 600)}`}`
  }
  const { result, success } = one
  if (typeof result['element_count'] === 'number') return html`${describeRows(result)}`
  const verdict = success ? 'holds' : 'does not hold'
  return hidesValues ? html`${verdict}` : (drawObserved(result, success) ?? html`${verdict}`)
}

function drawObserved(
  { details, observed_value: observed }: JsonObject,
  success: boolean,
): Markup | undefined {
  if (!success && isJsonObject(details) && details['mismatched'] !== undefined) {
    return html`differs: ${drawValue(details['mismatched'], 1000)}`
  }
  if (observed === undefined || observed === null) return undefined
  return html`${drawValue(observed, 200)}`
}

function findMessage({ exception_info: info }: ExpectationResult): string | undefined {
  const raised: readonly unknown[] = Object.values(info)
  return raised
    .map((each) => (isJsonObject(each) ? each['exception_message'] : undefined))
    .find((message) => typeof message === 'string')
}

function describeRows(result: JsonObject): string {
  const count = (name: string): number => Number(result[name] ?? 0)
  const missing = count('missing_count')
  const considered = count('element_count') - missing
  const unexpected = count('unexpected_count')
  const share = considered === 0 ? '' : ` (${formatShare(unexpected / considered)})`
  const left = missing === 0 ? '' : `; ${formatCount(missing)} rows without a value do not count`
  if (unexpected === 0) return `all ${formatCount(considered)} rows do${left}`
  const verb = unexpected === 1 ? 'does' : 'do'
  return `${formatCount(unexpected)} of ${formatCount(considered)} rows${share} ${verb} not${left}`
}

/** The values that broke it, and the rows where the first of them stand. */
function drawUnexpected(
  result: JsonObject,
  { hidesValues = false }: ValidationPageOptions,
): Markup {
  const counts = result['partial_unexpected_counts']
  if (hidesValues || !Array.isArray(counts)) return noMarkup
  const listed: readonly JsonValue[] = counts
  const values = listed
    .filter(isJsonObject)
    .flatMap(({ value, count }) => (typeof count === 'number' ? [{ value, count }] : []))
  if (values.length === 0) return noMarkup
  const total = values.reduce((sum, { count }) => sum + count, 0)
  return html`<h4>Values, among the first ${formatCount(total)} that do not</h4>
    ${drawCategoryBars(values.slice(0, 20), { total, label: 'values that do not hold' })}
    ${drawRows(result['partial_unexpected_index_list'])}`
}

function drawRows(positions: JsonValue | undefined): Markup {
  if (!Array.isArray(positions)) return noMarkup
  const listed: readonly JsonValue[] = positions
  const numbers = listed.filter((position) => typeof position === 'number').slice(0, 20)
  if (numbers.length === 0) return noMarkup
  return html`<p class="quiet">rows, counted from 0: ${numbers.join(', ')}</p>`
}

function drawAll({ results }: ValidationResult, options: ValidationPageOptions): Markup {
  const heads = [
    { label: '#', kind: 'number' },
    { label: 'verdict' },
    { label: 'severity' },
    { label: 'expectation', kind: 'wide' },
    { label: 'found', kind: 'wide' },
  ] as const
  const table = drawTable(heads, results, {
    label: 'all expectations',
    what: 'expectations',
    limitBytes: 90_000,
    toRow: (one) => ({
      ...(!one.success && { tone: toneOf(one) }),
      cells: [
        html`${one.meta.index}`,
        one.success ? drawBadge('good', 'holds') : drawBadge(toneOf(one), 'fails'),
        html`${one.expectation_config.severity}`,
        html`${describeExpectation(one.expectation_config)}`,
        drawFinding(one, options),
      ],
    }),
  })
  return html`<h2>All that was checked</h2>
    ${table}`
}

function toneOf({ expectation_config: { severity } }: ExpectationResult): Tone {
  return severityTones[severity]
}
