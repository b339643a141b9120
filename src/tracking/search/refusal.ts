/** How a search is refused: in MLflow's words, with the place and what to do. */

import { ToolkitError } from '../../core/errors.ts'
import { cutText } from '../../core/format-number.ts'

/** What is not understood in a filter, and where. */
export function refusal(
  filter: string,
  position: number,
  problem: string,
  { hint }: { readonly hint?: string } = {},
): ToolkitError {
  const rest = shorten(filter.slice(position))
  return invalidSearch(
    `Invalid clause(s) in filter string: '${rest}' (at character ${position + 1}: ${problem})`,
    { hint, details: { filter: shorten(filter), position } },
  )
}

/** A search that is understood and not allowed. */
export function invalidSearch(
  message: string,
  options: {
    readonly hint?: string | undefined
    readonly details?: Readonly<Record<string, unknown>>
    readonly cause?: unknown
  } = {},
): ToolkitError {
  return new ToolkitError('TRACKING_INVALID', message, options)
}

/** Enough of a user's text to recognise it. */
export function shorten(text: string): string {
  return cutText(text, 200)
}
