/** Everything that a list has, over as many pages as it takes. */

import type { Page } from '../core/tracking.ts'

/** @param pageToken - `undefined` for the first page */
export type ReadPage<T> = (pageToken: string | undefined) => Promise<Page<T>>

/** @yields one page after the other, each read when it is asked for */
export async function* eachPage<T>(readPage: ReadPage<T>): AsyncGenerator<readonly T[], void> {
  let pageToken: string | undefined
  do {
    const page = await readPage(pageToken)
    yield page.items
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
}

/** @yields the items of {@link eachPage} */
export async function* eachItem<T>(readPage: ReadPage<T>): AsyncGenerator<T, void> {
  for await (const items of eachPage(readPage)) yield* items
}

/** All of them at once. */
export async function readAll<T>(readPage: ReadPage<T>): Promise<readonly T[]> {
  const items: T[] = []
  for await (const page of eachPage(readPage)) items.push(...page)
  return items
}
