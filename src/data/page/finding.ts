/** What came of an expectation, on a page. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { formatCount, shortenText } from '../../core/format-number.ts'
import {
  describeQuantiles,
  describeRowCounts,
  findMessage,
} from '../expectations/describe-finding.ts'
import { isJsonObject, type JsonObject } from '../expectations/outcome.ts'
import type { Severity } from '../expectations/suite.ts'
import type { ExpectationResult } from '../expectations/validation-result.ts'
import type { Tone } from './badge.ts'
import { drawLeftOut, fitItems } from './fit-size.ts'
import { drawSentence, drawValue } from './value.ts'

/** How a failure of each severity looks. */
export const severityTones: Readonly<Record<Severity, Tone>> = {
  critical: 'bad',
  warning: 'warn',
  info: 'info',
}

/** How the expectation looks when it fails. GX's own results may lack the severity. */
export function toneOf({ expectation_config: { severity } }: ExpectationResult): Tone {
  return severityTones[severity] ?? 'bad'
}

/** What was found, in a few words. */
export function drawFinding(one: ExpectationResult, hidesValues: boolean): Markup {
  const message = findMessage(one)
  if (message !== undefined) {
    const hidden = 'could not be checked; the message is hidden, because values may stand in it'
    return hidesValues
      ? html`${hidden}`
      : html`could not be checked: ${drawSentence(shortenText(message, 600))}`
  }
  const { result, success } = one
  const counts = describeRowCounts(result)
  if (counts !== undefined) return html`${counts}`
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
  const quantiles = describeQuantiles(observed)
  return quantiles === undefined
    ? html`${drawValue(observed, 200)}`
    : html`${shortenText(quantiles, 400)}`
}

/** Notes may quote the data, such as the first odd cell of a column. */
export function drawNotes(warnings: readonly string[] = [], hidesValues: boolean): Markup {
  if (warnings.length === 0) return noMarkup
  if (hidesValues) {
    const notes = warnings.length === 1 ? 'note is' : 'notes are'
    return html`<p class="quiet">${formatCount(warnings.length)} ${notes} hidden</p>`
  }
  const { items, leftOut } = fitItems(
    warnings,
    (line) =>
      html`<li class="warn">
        <span class="toned">!</span> ${drawSentence(shortenText(line, 400))}
      </li>`,
    { limitBytes: 8000, most: 10 },
  )
  return html`<ul class="plain">
      ${items}
    </ul>
    ${drawLeftOut(leftOut, 'notes')}`
}
