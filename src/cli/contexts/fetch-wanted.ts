/** Fetching, as `mlpt fetch` and `mlpt pull` both do it. */

import type { ToolkitError } from '../../core/errors.ts'
import type { FetchedRuns } from '../../pipeline/remote/transfer-runs.ts'
import {
  createProgress,
  forEachRemote,
  openRunRemote,
  readWanted,
  type RemoteOutcome,
  type TransferContext,
  type TransferFlags,
} from './transfer-context.ts'

/** What was fetched. */
export interface Fetched {
  readonly outcomes: readonly RemoteOutcome[]
  /** Keys of the entries of the run cache. */
  readonly runs: readonly string[]
  /** What of the run cache is not what it should be. */
  readonly runProblems: readonly ToolkitError[]
  /** Whether imports have only been written down. */
  readonly lacksImports: boolean
}

/** Brings what targets and flags name into the cache. To be used while the lock is held. */
export async function fetchWanted(
  context: TransferContext,
  targets: readonly string[],
  flags: TransferFlags,
): Promise<Fetched> {
  const { fetchObjects } = await import('../../pipeline/remote/fetch-objects.ts')
  const { keys: runs, problems: runProblems } = await fetchRunCache(context, flags)
  const { objects: wanted, lacksImports } = await readWanted(context, targets, flags)
  const { cache, signal } = context
  using report = createProgress('fetched')
  const outcomes = await forEachRemote(context, wanted, {
    flags,
    work: async (objects, remote) => fetchObjects(objects, remote, { cache, signal, report }),
  })
  return { outcomes, runs, runProblems, lacksImports }
}

async function fetchRunCache(context: TransferContext, flags: TransferFlags): Promise<FetchedRuns> {
  if (flags.runCache !== true) return { keys: [], problems: [] }
  const { fetchRuns } = await import('../../pipeline/remote/transfer-runs.ts')
  await using remote = await openRunRemote(context, flags)
  return await fetchRuns(remote, context)
}

/** How many files were fetched. */
export function countFetched({ outcomes, runs }: Fetched): number {
  return outcomes.reduce((sum, { transferred }) => sum + transferred.length, runs.length)
}
