/** Files of runs and logged models on their way: streamed, each whole or absent, compared by their hashes. */

import { createHash } from 'node:crypto'
import type { ArtifactOwner } from '../../core/tracking.ts'
import { hashedInto } from '../hashed-bytes.ts'
import { listArtifactFiles } from '../list-artifact-files.ts'
import { attempt, type CopySession } from './copy-session.ts'
import type { TransferSource } from './transfer-source.ts'

/** A run or logged model and its copy. */
export interface Owners {
  readonly from: ArtifactOwner
  readonly to: ArtifactOwner
}

/** Sizes in bytes by path. */
export type FileSizes = ReadonlyMap<string, number>

/** As {@link listArtifactFiles}; none when they lie where the tracker does not hand them out, which is noted. */
export async function listReachableFiles(
  session: CopySession,
  place: TransferSource,
  owner: ArtifactOwner,
): Promise<FileSizes> {
  const files = await attempt(session, artifactsOf(owner), () => listArtifactFiles(place, owner))
  return files ?? new Map<string, number>()
}

/** @returns the paths of the found files that the target has with the same content */
export async function compareFiles(
  session: CopySession,
  owners: Owners,
  found: FileSizes,
): Promise<ReadonlySet<string>> {
  const same = new Set<string>()
  // Without files in the source nothing is asked of the target.
  if (found.size === 0) return same
  const there = await listReachableFiles(session, session.present, owners.to)
  for (const [path, sizeBytes] of found) {
    if (there.get(path) !== sizeBytes) continue
    await attempt(session, `'${path}' of the ${artifactsOf(owners.from)}`, async () => {
      if (session.trustsSizes || (await hasSameContent(session, owners, path))) same.add(path)
    })
  }
  return same
}

async function hasSameContent(
  { source, present }: CopySession,
  { from, to }: Owners,
  path: string,
): Promise<boolean> {
  const [ours, theirs] = await Promise.all([hashOf(source, from, path), hashOf(present, to, path)])
  return ours === theirs
}

/**
 * Copies files, and reads each back: it counts when its hash is that of what was sent. Those that
 * cannot be copied, or come back as something else, are noted.
 *
 * @returns the paths of those that are proved
 */
export async function copyFiles(
  session: CopySession,
  owners: Owners,
  files: Iterable<readonly [path: string, sizeBytes: number]>,
): Promise<ReadonlySet<string>> {
  const proved = new Set<string>()
  for (const [path, sizeBytes] of files) {
    const what = `'${path}' of the ${artifactsOf(owners.from)}`
    await attempt(session, what, async () => {
      const sent = await copyFile(session, owners, { path, sizeBytes })
      if ((await hashOf(session.present, owners.to, path)) === sent) proved.add(path)
      else
        session.failures.push({ what, why: 'the target gives back something else than was sent' })
    })
  }
  return proved
}

/** @returns the hash of what was sent */
async function copyFile(
  { source, target }: CopySession,
  { from, to }: Owners,
  { path, sizeBytes }: { readonly path: string; readonly sizeBytes: number },
): Promise<string> {
  const { content } = await source.openArtifact(from, path)
  const hash = createHash('sha256')
  try {
    await target.writeArtifact(to, path, hashedInto(hash, content), sizeBytes)
  } finally {
    content.destroy()
  }
  return hash.digest('hex')
}

async function hashOf(place: TransferSource, owner: ArtifactOwner, path: string): Promise<string> {
  const { content } = await place.openArtifact(owner, path)
  const hash = createHash('sha256')
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}

function artifactsOf(owner: ArtifactOwner): string {
  return 'runId' in owner
    ? `artifacts of run ${owner.runId}`
    : `artifacts of logged model ${owner.modelId}`
}
