/** The fields of requests for pages, and the one that answers with the next. */

import type { Page } from '../../core/tracking.ts'
import { integer, invalidValue, missingParameter, text, type Field } from './fields.ts'

/** `max_results` from 1 to `most`; `fallback` when absent, without one it is required. */
export function pageFields(limits: {
  readonly fallback: number | undefined
  readonly most: number
  /** What 0 stands for; it is refused without. */
  readonly zero?: number
}): { readonly max_results: Field<number>; readonly page_token: Field<string | undefined> } {
  const { fallback, most, zero } = limits
  const least = zero === undefined ? 1 : 0
  return {
    max_results: {
      isRequired: fallback === undefined,
      schema: { ...integer.schema, minimum: least, maximum: most, default: fallback },
      read: (value, path) => {
        const number = integer.read(value, path) ?? fallback
        if (number === undefined) throw missingParameter(path)
        if (number === 0 && zero !== undefined) return zero
        if (number >= 1 && number <= most) return number
        throw invalidValue(path, value, `an integer from ${least} to ${most}`)
      },
    },
    page_token: text,
  }
}

/** Absent on the last page. */
export function formatNextPage(page: Page<unknown>): { readonly next_page_token?: string } {
  return page.nextPageToken === undefined ? {} : { next_page_token: page.nextPageToken }
}
