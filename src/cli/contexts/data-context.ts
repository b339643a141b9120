/** What the commands for tracked data share: the lock, the cache, and what they say of git. */

import { relative } from 'node:path'
import type { Command } from 'commander'
import type { Cache } from '../../pipeline/cache/cache.ts'
import type { Repository } from '../../pipeline/repository/repository.ts'
import { openCurrentRepository } from './open-repository.ts'
import { reserveWork } from './reserve-work.ts'
import { parseSeconds } from './transfer-context.ts'
import { limitYoungGeneration } from '../young-generation.ts'
import { shellWord } from '../../core/shell-word.ts'

/** Flags of every command that changes tracked data. */
export interface DataFlags {
  readonly wait: number
  readonly json?: boolean
}

/** Adds the flags of {@link DataFlags} to a command. */
export function addDataFlags(command: Command): Command {
  return command
    .option('--wait <seconds>', 'how long to wait for another command', parseSeconds, 0)
    .option('--json', 'print one JSON document')
}

/** What a command works with while it holds the repository. */
export interface DataContext {
  readonly repository: Repository
  readonly cache: Cache
}

/** What a command takes for itself. */
export interface DataNeeds extends Pick<DataFlags, 'wait'> {
  /** What it reads and writes of the work tree, from the current folder on; none means all of it. */
  readonly paths?: readonly string[] | undefined
}

/**
 * Does some work with the repository's lock held; outputs that a killed run left aside are put
 * back before.
 *
 * @throws {ToolkitError} `PIPELINE_LOCKED`, `REPOSITORY_MISSING`, `CONFIG_INVALID`
 */
export async function withData<T>(
  { wait, paths }: DataNeeds,
  work: (context: DataContext) => Promise<T>,
): Promise<T> {
  limitYoungGeneration()
  const repository = await openCurrentRepository()
  const { takeLock } = await import('../../pipeline/repository/lock-store.ts')
  const { prepareRepository } = await import('../../pipeline/repository/repository-file.ts')
  const { openCache } = await import('../../pipeline/cache/open-cache-store.ts')
  const { recoverAside } = await import('../../pipeline/run/aside-store.ts')
  await prepareRepository(repository)
  await using lock = await takeLock(repository, {
    waitMs: wait * 1000,
    clock: Date.now,
    signal: undefined,
    onWait: () => process.stderr.write('waiting for another command\n'),
  })
  using uses = new DisposableStack()
  uses.use(await reserveWork(lock, repository, paths))
  return await lock.hold(async () => {
    for (const stage of await recoverAside(repository)) {
      process.stderr.write(`${stage} was killed while it ran: its outputs are back as they were\n`)
    }
    using cache = openCache(repository, { clock: Date.now })
    return await work({ repository, cache })
  })
}

/** Hands written files to git where that is wanted, else says on stderr how to. */
export async function tellGit(repository: Repository, written: readonly string[]): Promise<void> {
  if (repository.gitRoot === undefined || written.length === 0) return
  const { stageForGit } = await import('../../pipeline/versioning/autostage-process.ts')
  if (stageForGit(repository, written)) return
  const { existsNow } = await import('../../pipeline/repository/text-file.ts')
  const { findGitTracked } = await import('../../pipeline/versioning/data-path-file.ts')
  // What came and went between two commits is nothing to git, which would refuse its name.
  const gone = written.filter((path) => !existsNow(path))
  const lost = findGitTracked(repository.gitRoot, gone)
  const paths = written
    .filter((path) => !gone.includes(path) || lost.has(path))
    .map((path) => relative(repository.directory, path))
    .sort()
    .map(asArgument)
  if (paths.length === 0) return
  process.stderr.write(`to track the change: git add ${paths.join(' ')}\n`)
}

/** What begins with a dash would be an option of git. */
function asArgument(name: string): string {
  return shellWord(name.startsWith('-') ? `./${name}` : name)
}
