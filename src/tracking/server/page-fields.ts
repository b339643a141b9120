/** The fields of requests for pages, and the one that answers with the next. */

import type { Page } from '../../core/tracking.ts'
import { integer, invalidValue, missingParameter, text, type Field } from './fields.ts'

/** `max_results` from 1 to `most`; `fallback` when absent, without one it is required. */
export function pageFields(limits: {
  readonly fallback: number | undefined
  readonly most: number
}): { readonly max_results: Field<number>; readonly page_token: Field<string | undefined> } {
  return {
    max_results: {
      isRequired: limits.fallback === undefined,
      schema: { ...integer.schema, minimum: 1, maximum: limits.most, default: limits.fallback },
      read: (value, path) => {
        const number = integer.read(value, path) ?? limits.fallback
        if (number === undefined) throw missingParameter(path)
        if (number >= 1 && number <= limits.most) return number
        throw invalidValue(path, value, `an integer from 1 to ${limits.most}`)
      },
    },
    page_token: text,
  }
}

/** Absent on the last page. */
export function formatNextPage(page: Page<unknown>): { readonly next_page_token?: string } {
  return page.nextPageToken === undefined ? {} : { next_page_token: page.nextPageToken }
}
