/** Files of runs and logged models on their way: streamed, each whole or absent. */

import type { ArtifactOwner } from '../../core/tracking.ts'
import { attempt, type CopySession } from './copy-session.ts'
import type { TransferSource } from './transfer-source.ts'

/** Sizes in bytes of all files of a run or logged model, by path. */
async function listFiles(
  place: TransferSource,
  owner: ArtifactOwner,
  folder = '',
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>()
  for (const { path, isFolder, sizeBytes } of await place.listArtifacts(owner, folder)) {
    if (!isFolder) sizes.set(path, sizeBytes)
    else for (const [below, size] of await listFiles(place, owner, path)) sizes.set(below, size)
  }
  return sizes
}

/** As {@link listFiles}; none when they lie where the tracker does not hand them out, which is noted. */
export async function listReachableFiles(
  session: CopySession,
  place: TransferSource,
  owner: ArtifactOwner,
): Promise<ReadonlyMap<string, number>> {
  const files = await attempt(session, artifactsOf(owner), () => listFiles(place, owner))
  return files ?? new Map<string, number>()
}

/** Copies the files that the target lacks, or has with another size; those that it cannot are noted. */
export async function copyFiles(
  session: CopySession,
  owners: { readonly from: ArtifactOwner; readonly to: ArtifactOwner },
  found: ReadonlyMap<string, number>,
  there: ReadonlyMap<string, number>,
): Promise<void> {
  const { source, target } = session
  for (const [path, sizeBytes] of found) {
    if (there.get(path) === sizeBytes) continue
    await attempt(session, `'${path}' of the ${artifactsOf(owners.from)}`, async () => {
      const { content } = await source.openArtifact(owners.from, path)
      try {
        await target.writeArtifact(owners.to, path, content)
      } finally {
        content.destroy()
      }
    })
  }
}

function artifactsOf(owner: ArtifactOwner): string {
  return 'runId' in owner
    ? `artifacts of run ${owner.runId}`
    : `artifacts of logged model ${owner.modelId}`
}
