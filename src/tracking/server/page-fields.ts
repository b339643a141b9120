/** The fields of searches and of requests for pages, and how a page is answered. */

import type { Page, Search } from '../../core/tracking.ts'
import { listOf } from '../format-message.ts'
import {
  anyText,
  integer,
  invalidValue,
  list,
  missingParameter,
  text,
  type Field,
  type Values,
} from './fields.ts'

/** `max_results` from 1 to `most`; `fallback` when absent, without one it is required. */
export interface PageLimits {
  readonly fallback: number | undefined
  readonly most: number
  /** What 0 stands for; it is refused without. */
  readonly zero?: number
}

export function pageFields(limits: PageLimits): {
  readonly max_results: Field<number>
  readonly page_token: Field<string | undefined>
} {
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

/** What every search that has a filter and an order is asked. */
export function searchFields(limits: PageLimits): ReturnType<typeof pageFields> & {
  readonly filter: Field<string | undefined>
  readonly order_by: Field<readonly string[]>
} {
  return { ...pageFields(limits), filter: text, order_by: list(anyText) }
}

/** What {@link searchFields} read. */
export function toSearch(values: Values<ReturnType<typeof searchFields>>): Search {
  return {
    filter: values.filter ?? '',
    orderBy: values.order_by,
    maxResults: values.max_results,
    pageToken: values.page_token,
  }
}

/** @param name - of the list in the message */
export function formatPage<T>(
  page: Page<T>,
  name: string,
  format: (item: T) => object,
): Readonly<Record<string, unknown>> {
  return {
    [name]: listOf(page.items.map((item) => format(item))),
    next_page_token: page.nextPageToken,
  }
}
