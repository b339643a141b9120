/** What `mlpt run --pull` fetches: what is missing before the run, and what turns out to be damaged in it. */

import { relative } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import type { LostObject } from '../../pipeline/run/run-options.ts'
import { openCurrentRepository } from './open-repository.ts'

/** Which stages a run is about. */
export interface FetchedStages {
  readonly allPipelines?: boolean
  readonly wait: string
}

/** Fetches what the stages and all they read from record, where the remote has it; what it lacks is made anew. */
export async function fetchMissing(
  targets: readonly string[],
  { allPipelines = false, wait }: FetchedStages,
): Promise<void> {
  const { withTransfer } = await import('./transfer-context.ts')
  const { fetchWanted } = await import('./fetch-wanted.ts')
  const named = targets.length > 0 ? targets : ['dvc.yaml']
  const flags = { wait: Number(wait), runCache: true, withDeps: true }
  try {
    await withTransfer(flags, async (context) => {
      await fetchWanted(context, allPipelines ? [] : named, flags)
    })
  } catch (error) {
    // A dvc.yaml without stages needs nothing.
    const isUntracked = error instanceof ToolkitError && error.code === 'PATH_UNTRACKED'
    if (!isUntracked || targets.length > 0) throw error
  }
}

/** Fetches one object; to be used while the repository's lock is held. */
export async function refetchObject(
  { location, md5, isLegacy, remote: remoteName }: LostObject,
  signal: AbortSignal,
): Promise<boolean> {
  const { forEachRemote } = await import('./transfer-context.ts')
  const { fetchObjects } = await import('../../pipeline/remote/fetch-objects.ts')
  const repository = await openCurrentRepository()
  const label = relative(repository.directory, location)
  const object = { md5, isLegacy, label, remoteName, isPushed: true }
  const context = { repository, cache: repository, signal }
  const outcomes = await forEachRemote(context, [object], {
    flags: { wait: 0 },
    work: async (objects, remote) => fetchObjects(objects, remote, context),
  })
  return outcomes.every(({ problems }) => problems.length === 0)
}
