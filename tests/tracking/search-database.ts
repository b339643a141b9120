import { join } from 'node:path'
import {
  openTrackingDatabase,
  type TrackingDatabase,
} from '../../src/tracking/store/database/database-store.ts'
import { fillOurs } from '../peers/search/fill-tables.ts'
import type { SearchData } from '../peers/search/random-data.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

export interface SearchDatabase extends AsyncDisposable {
  readonly database: TrackingDatabase
}

/** A database of its own with the data of the searches. */
export async function openSearchDatabase(data: SearchData): Promise<SearchDatabase> {
  const resources = new AsyncDisposableStack()
  const folder = resources.use(await openTemporaryFolder())
  const path = join(folder.path, 'tracking.sqlite')
  const database = resources.use(await openTrackingDatabase(path))
  fillOurs(database, data)
  return { database, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
