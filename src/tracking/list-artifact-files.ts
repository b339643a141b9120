import type { ArtifactOwner, ArtifactTracking } from '../core/tracking.ts'

/** Sizes in bytes of all files of a run or logged model below a folder, by path; '' is the root. */
export async function listArtifactFiles(
  tracking: Pick<ArtifactTracking, 'listArtifacts'>,
  owner: ArtifactOwner,
  folder = '',
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>()
  for (const { path, isFolder, sizeBytes } of await tracking.listArtifacts(owner, folder)) {
    if (!isFolder) sizes.set(path, sizeBytes)
    else for (const file of await listArtifactFiles(tracking, owner, path)) sizes.set(...file)
  }
  return sizes
}
