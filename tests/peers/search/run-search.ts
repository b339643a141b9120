/** A search by our store, answered in the form of the judge. */

import { ToolkitError } from '../../../src/core/errors.ts'
import type { Page } from '../../../src/core/tracking.ts'
import { searchExperiments } from '../../../src/tracking/search/experiment-search.ts'
import { searchLoggedModels } from '../../../src/tracking/search/logged-model-search.ts'
import { searchModelVersions } from '../../../src/tracking/search/model-version-search.ts'
import { searchRegisteredModels } from '../../../src/tracking/search/registered-model-search.ts'
import { searchRuns } from '../../../src/tracking/search/run-search.ts'
import type { TrackingDatabase } from '../../../src/tracking/store/database/database-store.ts'
import type { SearchCase } from './random-searches.ts'

export type Answer =
  | { readonly pages: readonly (readonly string[])[]; readonly hasMore: boolean }
  | { readonly refused: string; readonly message: string }

/** Throws what is no answer to a user. */
export function answerOurs(database: TrackingDatabase, asked: SearchCase): Answer {
  const pages: (readonly string[])[] = []
  let pageToken: string | undefined
  try {
    while (pages.length < asked.pages) {
      const page = searchPage(database, asked, pageToken)
      pages.push(page.items)
      pageToken = page.nextPageToken
      if (pageToken === undefined) return { pages, hasMore: false }
    }
    return { pages, hasMore: true }
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'TRACKING_INVALID') {
      return { refused: error.code, message: error.message }
    }
    throw error
  }
}

function searchPage(
  database: TrackingDatabase,
  asked: SearchCase,
  pageToken: string | undefined,
): Page<string> {
  const { kind, experimentIds, viewType } = asked
  const common = { filter: asked.filter, maxResults: asked.maxResults, pageToken }
  const search = { ...common, orderBy: asked.orderBy }
  switch (kind) {
    case 'runs':
      return named(
        searchRuns(database, { ...search, experimentIds, viewType }),
        ({ runId }) => runId,
      )
    case 'experiments':
      return named(
        searchExperiments(database, { ...search, viewType }),
        ({ experimentId }) => experimentId,
      )
    case 'models':
      return named(searchRegisteredModels(database, search), ({ name }) => name)
    case 'versions':
      return named(
        searchModelVersions(database, search),
        ({ name, version }) => `${name}:${version}`,
      )
    case 'logged':
      return named(
        searchLoggedModels(database, { ...common, experimentIds, ...loggedTerms(asked) }),
        ({ modelId }) => modelId,
      )
  }
}

function loggedTerms({ loggedOrder, datasets }: SearchCase): object {
  return {
    orderBy: loggedOrder.map((order) => ({
      field: order.field_name,
      isAscending: order.ascending,
      datasetName: order.dataset_name,
      datasetDigest: order.dataset_digest,
    })),
    datasets: datasets.map((dataset) => ({
      name: dataset.dataset_name,
      digest: dataset.dataset_digest,
    })),
  }
}

function named<T>({ items, nextPageToken }: Page<T>, nameOf: (item: T) => string): Page<string> {
  return { items: items.map(nameOf), nextPageToken }
}
