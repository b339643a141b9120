import type { Page } from './tracking.ts'

/** A list that is read page by page; the first has no token. */
export type ReadPage<T> = (pageToken: string | undefined) => Promise<Page<T>>

/**
 * Reads a list.
 *
 * @yields its pages, one after the other
 */
export async function* readPages<T>(readPage: ReadPage<T>): AsyncGenerator<readonly T[]> {
  let pageToken: string | undefined
  do {
    const page = await readPage(pageToken)
    yield page.items
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
}

/** Everything of a list. */
export async function readAllPages<T>(readPage: ReadPage<T>): Promise<readonly T[]> {
  const items: T[] = []
  for await (const page of readPages(readPage)) items.push(...page)
  return items
}
