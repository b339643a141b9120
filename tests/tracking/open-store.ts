import { openTrackingStore, type TrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

/** A store in a fresh folder, which goes away with it. Its clock starts at 1,000 and says one more each time. */
export interface FreshStore extends TrackingStore {
  readonly directory: string
}

export async function openFreshStore(): Promise<FreshStore> {
  const folder = await openTemporaryFolder()
  let time = 1000
  const store = await openTrackingStore({ directory: folder.path, clock: () => time++ })
  return {
    ...store,
    directory: folder.path,
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** A run in a fresh experiment. */
export async function startRunIn(store: TrackingStore, experimentName = 'e'): Promise<string> {
  return store.startRun({ experimentName, runName: 'a run', startTime: 1, tags: {} })
}

export const missingRunId = '0'.repeat(32)

/** What `assert.rejects` is given for an error of the tracking rules. */
export const refused = (message: RegExp): object => ({ code: 'TRACKING_INVALID', message })
export const notFound = (message: RegExp): object => ({ code: 'TRACKING_NOT_FOUND', message })
