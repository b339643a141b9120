/** Which part of a list is asked for. */
export interface PageRequest {
  /** At least 1. */
  readonly maxResults: number
  /** How many to pass over. */
  readonly offset: number
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly hasMore: boolean
}

/** Cuts a page from a list that was read one item beyond it. */
export function cutPage<T>(items: readonly T[], { maxResults }: PageRequest): Page<T> {
  return { items: items.slice(0, maxResults), hasMore: items.length > maxResults }
}
