/** Keeps commands that change the work tree off what a running stage of DVC uses. */

import { resolve } from 'node:path'
import type { RepositoryLock } from '../../pipeline/repository/lock-store.ts'
import type { Repository } from '../../pipeline/repository/repository.ts'

/**
 * Reserves paths for a command, from the current folder on; all of the repository unless they are
 * said. A command that is called by a stage may do what the stage may.
 *
 * @throws {ToolkitError} `PIPELINE_LOCKED`
 */
export async function reserveWork(
  lock: RepositoryLock,
  { root, directory }: Repository,
  paths: readonly string[] | undefined,
): Promise<Disposable | undefined> {
  if (process.env['DVC_ROOT'] === root) return undefined
  const writes = paths?.map((path) => resolve(directory, path)) ?? [root]
  return lock.reserve({ reads: [], writes })
}
