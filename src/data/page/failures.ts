/** What failed: each expectation as a sentence, with the values that broke it and a picture of its column. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { formatCount, shortenText } from '../../core/format-number.ts'
import { describeExpectation } from '../expectations/describe-expectation.ts'
import { listColumns } from '../expectations/list-columns.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../expectations/outcome.ts'
import {
  type ExpectationResult,
  gravestFirst,
  type ValidationResult,
} from '../expectations/validation-result.ts'
import { drawBadge } from './badge.ts'
import { drawCategoryBars } from './category-bars.ts'
import { drawFinding, drawNotes, toneOf } from './finding.ts'
import { drawLeftOut, fitItems } from './fit-size.ts'
import { drawSentence, drawValue } from './value.ts'

interface FailureOptions {
  readonly hidesValues: boolean
  readonly limitBytes: number
  /** The picture of a column, by its name in lower case; nothing when it was not read. */
  readonly drawPicture: (column: string) => Markup
}

/** Critical ones first. The picture of a column stands at the first expectation about it. */
export function drawFailures(result: ValidationResult, options: FailureOptions): Markup {
  const { drawPicture, limitBytes } = options
  const failing = gravestFirst(result)
  if (failing.length === 0) return noMarkup
  const firstOf = new Map<string, ExpectationResult>()
  for (const one of [
    ...failing.filter((each) => !isAboutType(each)),
    ...failing.filter(isAboutType),
  ]) {
    const name = soleColumn(one)
    if (name !== undefined && !firstOf.has(name)) firstOf.set(name, one)
  }
  const draw = (one: ExpectationResult): Markup => {
    const name = soleColumn(one)
    const isFirst = name !== undefined && firstOf.get(name) === one
    return drawFailure(one, isFirst ? drawPicture(name) : noMarkup, options)
  }
  const { items, leftOut } = fitItems(failing, draw, { limitBytes })
  return html`<h2>What failed</h2>
    ${items}${drawLeftOut(leftOut, 'failed expectations')}`
}

const typeTypes: ReadonlySet<string> = new Set([
  'expect_column_values_to_be_of_type',
  'expect_column_values_to_be_in_type_list',
  'expect_column_type_to_be',
  'expect_column_to_exist',
])

/** A picture says more of values than of their type. */
function isAboutType({ expectation_config: { type } }: ExpectationResult): boolean {
  return typeTypes.has(type)
}

function soleColumn({ expectation_config: { kwargs } }: ExpectationResult): string | undefined {
  const names = listColumns(kwargs)
  return names.length === 1 ? names[0]?.toLowerCase() : undefined
}

function drawFailure(
  one: ExpectationResult,
  picture: Markup,
  { hidesValues }: FailureOptions,
): Markup {
  const { expectation_config: expectation, result, meta } = one
  const tone = toneOf(one)
  const unexpected = hidesValues ? noMarkup : drawUnexpected(result)
  const details =
    picture.markup !== '' && unexpected.markup !== ''
      ? html`<div class="split">
          <div>${unexpected}</div>
          <div>${picture}</div>
        </div>`
      : html`${unexpected}${picture}`
  return html`<article class="card marked ${tone}" id="e${meta.index}">
    <div class="head">
      ${drawBadge(tone, expectation.severity)}
      <h3>${drawSentence(describeExpectation(expectation))}</h3>
      <span class="quiet">#${meta.index}</span>
    </div>
    <p>found: ${drawFinding(one, hidesValues)}</p>
    ${drawReason(expectation.meta?.['reason'])}${details}${drawNotes(meta.warnings, hidesValues)}
  </article>`
}

function drawReason(reason: JsonValue | undefined): Markup {
  return typeof reason === 'string'
    ? html`<p class="reason">${shortenText(reason, 500)}</p>`
    : noMarkup
}

/** The values that broke it, and the rows where the first of them stand. */
function drawUnexpected(result: JsonObject): Markup {
  const counts = result['partial_unexpected_counts']
  if (!Array.isArray(counts)) return noMarkup
  const listed: readonly JsonValue[] = counts
  const values = listed
    .filter(isJsonObject)
    .flatMap(({ value, count }) => (typeof count === 'number' ? [{ value, count }] : []))
  if (values.length === 0) return noMarkup
  const total = values.reduce((sum, { count }) => sum + count, 0)
  return html`<h4>Values, among the first ${formatCount(total)} that do not</h4>
    ${drawValues(values, total)}${drawRows(result['partial_unexpected_index_list'])}`
}

const mostValues = 20
const mostBars = 8

/** Values that occur once have nothing to compare: they stand in a line. */
function drawValues(
  values: readonly { readonly value: JsonValue | undefined; readonly count: number }[],
  total: number,
): Markup {
  if (values.length > 3 && values.every(({ count }) => count === 1)) {
    const listed = values
      .slice(0, mostValues)
      .map(({ value }, i) => html`${i === 0 ? '' : ', '}${drawValue(value)}`)
    return html`<p>${listed}</p>
      ${drawLeftOut(Math.max(0, values.length - mostValues), 'values')}`
  }
  return html`${drawCategoryBars(values.slice(0, mostBars), { total, label: 'values that do not hold' })}
  ${drawLeftOut(Math.max(0, values.length - mostBars), 'values')}`
}

function drawRows(positions: JsonValue | undefined): Markup {
  if (!Array.isArray(positions)) return noMarkup
  const listed: readonly JsonValue[] = positions
  const numbers = listed.filter((position) => typeof position === 'number').slice(0, 20)
  if (numbers.length === 0) return noMarkup
  return html`<p class="quiet">rows, counted from 0: ${numbers.join(', ')}</p>`
}
