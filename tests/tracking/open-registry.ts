import { openTrackingStore, type TrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

/** A store in a folder of its own, with one run of the experiment 'e'. */
export interface OpenRegistry extends AsyncDisposable {
  readonly store: TrackingStore
  readonly directory: string
  readonly runId: string
  readonly runRoot: string
  /** Registers a version of the model, which is created when it is missing, and gives its number. */
  readonly addVersion: (name: string, aliases?: readonly string[]) => Promise<string>
}

export async function openRegistry(): Promise<OpenRegistry> {
  const folder = await openTemporaryFolder()
  let time = 1000
  const store = await openTrackingStore({ directory: folder.path, clock: () => time++ })
  const runId = await store.startRun({
    experimentName: 'e',
    runName: 'a run',
    startTime: 1,
    tags: {},
  })
  await store.logArtifacts(runId, 'model', new Map([['MLmodel', Buffer.from('{}')]]))
  const { artifactUri } = await store.getRun(runId)
  return {
    store,
    directory: folder.path,
    runId,
    runRoot: artifactUri,
    addVersion: async (name, aliases = []) => {
      const version = { name, runId, artifactPath: 'model', description: '', tags: {} }
      const timestamp = time++
      const added = await store.createModelVersion({ ...version, aliases, reason: '', timestamp })
      return added.version
    },
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** A change by ada at time 5. */
export const change = { reason: 'because', timestamp: 5, userId: 'ada' } as const
