/** MLflow's messages about searches and their pages. */

import type { Page, Search } from '../../core/tracking.ts'
import type { Message } from './connection-client.ts'
import { messagesOf, optionalTextOf } from './message-values.ts'

/** What every search that has a filter and an order asks. */
export function formatSearch(search: Search): Message {
  return {
    filter: search.filter,
    order_by: search.orderBy,
    max_results: search.maxResults,
    page_token: search.pageToken,
  }
}

/** @param name - of the list in the message */
export function parsePage<T>(message: Message, name: string, parse: (item: Message) => T): Page<T> {
  return {
    items: messagesOf(message, name).map((item) => parse(item)),
    nextPageToken: optionalTextOf(message, 'next_page_token'),
  }
}
