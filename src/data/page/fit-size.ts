/** Keeping a page small whatever the data: what does not fit is counted. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { formatCount } from '../../core/format-number.ts'

/** No page is larger than this. */
export const pageLimitBytes = 300_000

/** The first items that fit, and how many did not. */
export interface Fitted {
  readonly items: readonly Markup[]
  readonly leftOut: number
}

/**
 * Draws items in order until they would be more than so many bytes or items.
 * Those that do not fit are not drawn at all, so thousands of them cost nothing.
 */
export function fitItems<T>(
  values: readonly T[],
  draw: (value: T, index: number) => Markup,
  { limitBytes, most = Infinity }: { readonly limitBytes: number; readonly most?: number },
): Fitted {
  const items: Markup[] = []
  let bytes = 0
  for (const [index, value] of values.entries()) {
    if (items.length >= most) break
    const item = draw(value, index)
    bytes += sizeOf(item)
    if (bytes > limitBytes) break
    items.push(item)
  }
  return { items, leftOut: values.length - items.length }
}

/** Size in a file of UTF-8, in bytes. */
export function sizeOf({ markup }: Markup): number {
  return Buffer.byteLength(markup)
}

/** A line that says how much is not shown; nothing when all is. */
export function drawLeftOut(leftOut: number, what: string): Markup {
  if (leftOut === 0) return noMarkup
  return html`<p class="more">… and ${formatCount(leftOut)} more ${what} not shown here</p>`
}
