/** Files of runs and logged models on their way: streamed, each whole or absent. */

import type { ArtifactOwner } from '../../core/tracking.ts'
import type { CopySession } from './copy-session.ts'
import type { TransferSource } from './transfer-source.ts'

/** Sizes in bytes of all files of a run or logged model, by path. */
export async function listFiles(
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

/** Copies the files that the target lacks, or has with another size. */
export async function copyFiles(
  { source, target }: CopySession,
  owners: { readonly from: ArtifactOwner; readonly to: ArtifactOwner },
  found: ReadonlyMap<string, number>,
  there: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [path, sizeBytes] of found) {
    if (there.get(path) === sizeBytes) continue
    const { content } = await source.openArtifact(owners.from, path)
    try {
      await target.writeArtifact(owners.to, path, content)
    } finally {
      content.destroy()
    }
  }
}
