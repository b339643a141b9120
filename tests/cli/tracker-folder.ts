/** A folder with a tracking store in it, in which commands run. */

import { join } from 'node:path'
import type { Run } from '../../src/core/tracking.ts'
import { openTrackingStore, type TrackingStore } from '../../src/tracking/index.ts'
import { makeFolder, type Folder } from '../pipeline/folder.ts'
import { allRuns, fillHouse } from '../tracking/transfer-house.ts'

/** Fills the store `.mlpt` of a fresh folder. */
export async function makeTrackerFolder(
  fill: (store: TrackingStore) => Promise<unknown> = fillHouse,
): Promise<Folder> {
  const folder = makeFolder({})
  await withStore(folder, fill)
  return folder
}

export async function withStore<T>(
  { directory }: Folder,
  act: (store: TrackingStore) => Promise<T>,
): Promise<T> {
  await using store = await openTrackingStore({ directory: join(directory, '.mlpt') })
  return await act(store)
}

/** The runs of the folder's store by name. */
export async function runsOf(folder: Folder): Promise<ReadonlyMap<string, Run>> {
  const runs = await withStore(folder, allRuns)
  return new Map(runs.map((run) => [run.runName, run]))
}
