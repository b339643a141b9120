/** Tables that scroll sideways on their own, with a count of the rows that are not shown. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { drawLeftOut, fitItems } from './fit-size.ts'
import type { Tone } from './badge.ts'

/** A column of a table on a page. */
export interface TableHead {
  readonly label: string
  /** Numbers stand at the right; names and wide texts get room. */
  readonly kind?: 'number' | 'name' | 'wide'
}

/** A row: one cell for each column; the first is its heading. */
export interface TableRow {
  readonly cells: readonly Markup[]
  /** Marks the row at its left edge. */
  readonly tone?: Tone
  /** What links lead to. */
  readonly id?: string
}

/**
 * @param rows - what `toRow` makes rows of
 * @param options.label - says to a screen reader what the table is
 * @param options.what - names the rows that did not fit, such as 'columns'
 */
export function drawTable<T>(
  heads: readonly TableHead[],
  rows: readonly T[],
  options: {
    readonly label: string
    readonly what: string
    readonly limitBytes: number
    readonly toRow: (row: T, index: number) => TableRow
  },
): Markup {
  const { label, what, limitBytes, toRow } = options
  const drawn = fitItems(rows, (row, index) => drawRow(heads, toRow(row, index)), { limitBytes })
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
      <table>
        <thead>
          <tr>
            ${heads.map((head) => html`<th scope="col" ${classOf(head)}>${head.label}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${drawn.items}
        </tbody>
      </table>
    </div>
    ${drawLeftOut(drawn.leftOut, what)}`
}

function drawRow(heads: readonly TableHead[], { cells, tone, id }: TableRow): Markup {
  const drawn = cells.map((cell, i) =>
    i === 0
      ? html`<th scope="row" ${classOf(heads[i])}>${cell}</th>`
      : html`<td${classOf(heads[i])}>${cell}</td>`,
  )
  const marks = html`${tone === undefined ? noMarkup : html` class="${tone}"`}${id === undefined ? noMarkup : html` id="${id}"`}`
  return html`<tr${marks}>${drawn}</tr>`
}

function classOf(head: TableHead | undefined): Markup {
  return head?.kind === undefined ? noMarkup : html` class="${head.kind}"`
}

/** Facts side by side: a name and what is so. */
export function drawFacts(facts: readonly (readonly [name: string, value: Markup])[]): Markup {
  return html`<dl class="facts">
    ${facts.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`
}
