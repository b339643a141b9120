/** Rows that fail, as a table: the cells that expectations are about are marked, and each row says why it is here. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { formatCount, shortenText } from '../../core/format-number.ts'
import { listColumns } from '../expectations/list-columns.ts'
import type { ValidationResult } from '../expectations/validation-result.ts'
import type { FailingRow, FailingRows } from '../quarantine/sample-failing-rows.ts'
import { drawLeftOut, fitItems } from './fit-size.ts'
import { drawName, drawValue } from './value.ts'

const longestCell = 40

/** @param options.hidesValues - leaves the numbers of the rows and the reasons */
export function drawFailingRows(
  { total, isExact, columns, columnsLeftOut, rows }: FailingRows,
  { results }: ValidationResult,
  { hidesValues, limitBytes }: { readonly hidesValues: boolean; readonly limitBytes: number },
): Markup {
  const shown = hidesValues ? [] : columns
  const named = new Map(
    results.map(({ meta, expectation_config: { kwargs } }) => [
      meta.index,
      new Set(listColumns(kwargs).map((name) => name.toLowerCase())),
    ]),
  )
  const marks = (row: FailingRow): readonly boolean[] =>
    shown.map((name) => row.broken.some((index) => named.get(index)?.has(name.toLowerCase())))
  const { items, leftOut } = fitItems(rows, (row) => drawRow(row, marks(row)), { limitBytes })
  const heads = shown.map(
    (name) => html`<th scope="col">${drawName(shortenText(name, longestCell))}</th>`,
  )
  return html`<h2 id="rows">Rows that fail</h2>
    <p class="quiet">
      ${isExact ? '' : 'At least '}${formatCount(total)}
      ${total === 1 ? 'row breaks' : 'rows break'} what failed; the first of each, counted from 0.
    </p>
    <div class="scroll" tabindex="0" role="region" aria-label="rows that fail">
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">row</th>
            <th scope="col">breaks</th>
            ${heads}
          </tr>
        </thead>
        <tbody>
          ${items}
        </tbody>
      </table>
    </div>
    ${drawLeftOut(total - rows.length + leftOut, 'rows')}${hidesValues ? noMarkup : drawLeftOut(columnsLeftOut, 'columns')}`
}

const mostReasons = 6

function drawRow({ position, cells, broken }: FailingRow, marks: readonly boolean[]): Markup {
  const reasons = broken
    .slice(0, mostReasons)
    .map((index, i) => html`${i === 0 ? '' : ' '}<a href="#e${index}">#${index}</a>`)
  const more = broken.length > mostReasons ? ` +${broken.length - mostReasons}` : ''
  const drawn = marks.map((isFailing, i) => {
    const cell = cells[i]
    const kind = typeof cell === 'number' ? 'number' : 'text'
    return html`<td class="${isFailing ? 'failing ' : ''}${kind}">
      ${drawValue(cell, longestCell)}
    </td>`
  })
  return html`<tr>
    <th scope="row" class="number">${formatCount(position)}</th>
    <td>${reasons}${more}</td>
    ${drawn}
  </tr>`
}
