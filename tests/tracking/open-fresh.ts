import { openTracking, type OpenedTracking } from '../../src/tracking/client/open-tracking.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

/** An embedded store in a fresh folder, opened by its path. */
export async function openFresh(): Promise<OpenedTracking> {
  const folder = await openTemporaryFolder()
  const tracking = await openTracking(folder.path)
  return {
    ...tracking,
    [Symbol.asyncDispose]: async () => {
      await tracking[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
