import type { ComponentChildren, VNode } from 'preact'
import { html } from 'htm/preact'

/** The title of a column, and the class of its head. */
export type ColumnHead = string | readonly [title: string, kind: 'number' | 'picture']

interface Props {
  /** What it shows, for who cannot see it. */
  readonly label: string
  /** Its class. */
  readonly kind?: string
  readonly columns?: readonly ColumnHead[]
  /** Where titles are not all of it: the rows of the head. */
  readonly head?: VNode
  readonly foot?: VNode
  /** The rows of the body. */
  readonly children: ComponentChildren
}

/** A table that scrolls to its side where the page is narrower, by keyboard too. */
export function WideTable({ label, kind, columns = [], head, foot, children }: Props): VNode {
  return html`
    <div class="wide" tabindex="0" role="region" aria-label=${label}>
      <table class=${kind}>
        <thead>
          ${
            head ??
            html`<tr>
              ${columns.map(drawHead)}
            </tr>`
          }
        </thead>
        <tbody>
          ${children}
        </tbody>
        ${foot}
      </table>
    </div>
  `
}

function drawHead(column: ColumnHead): VNode {
  const [title, kind] = typeof column === 'string' ? [column] : column
  return html`<th scope="col" class=${kind}>${title}</th>`
}
