/** Pages of lists: which part is asked for, and the token that asks for the next. */

import { ToolkitError } from '../../../core/errors.ts'
import type { Page } from '../../../core/tracking.ts'

/** Which part of a list is asked for. */
export interface PageRequest {
  /** At least 1. */
  readonly maxResults: number
  readonly pageToken?: string | undefined
}

/** How many items to pass over. @throws {ToolkitError} `TRACKING_INVALID` for what is no token of ours. */
export function offsetOf({ pageToken }: Pick<PageRequest, 'pageToken'>): number {
  if (pageToken === undefined || pageToken === '') return 0
  const text = Buffer.from(pageToken, 'base64').toString('latin1')
  const offset = /^\{"offset": ?(\d{1,15})\}$/.exec(text)?.[1]
  if (offset !== undefined) return Number(offset)
  throw new ToolkitError('TRACKING_INVALID', 'Invalid page token, could not base64-decode')
}

/** Cuts a page from a list that was read from its offset to one item beyond it. */
export function cutPage<T>(items: readonly T[], request: PageRequest): Page<T> {
  const { maxResults } = request
  if (items.length <= maxResults) return { items, nextPageToken: undefined }
  const next = JSON.stringify({ offset: offsetOf(request) + maxResults })
  return { items: items.slice(0, maxResults), nextPageToken: Buffer.from(next).toString('base64') }
}
