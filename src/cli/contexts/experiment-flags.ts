/** What the commands of `mlpt exp` share: which commits they look at, and the repository. */

import { InvalidArgumentError, type Command } from 'commander'
import type { BaselineSelection, GitRepository } from '../../pipeline/experiments/index.ts'
import { openCurrentRepository } from './open-repository.ts'

/** The flags that choose baselines. */
export interface BaselineFlags {
  readonly allCommits?: boolean
  readonly rev?: readonly string[]
  readonly num?: number
}

/** Adds the flags that choose baselines. */
export function withBaselineFlags(command: Command, verb: string): Command {
  return command
    .option('-A, --all-commits', `${verb} the experiments of all commits`)
    .option('--rev <revisions...>', `${verb} those made on these commits (default: HEAD)`)
    .option('-n, --num <count>', 'and on this many commits before each; -1 for all', parseCount)
}

function parseCount(text: string): number {
  if (/^-?\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a whole number')
}

/** What the flags ask for. */
export function toSelection({ allCommits, rev, num }: BaselineFlags): BaselineSelection {
  return { revisions: rev ?? [], count: num ?? 1, commits: allCommits === true }
}

/**
 * The repository of the current folder, which has to be under git; what killed experiments left is cleared.
 *
 * @throws {ToolkitError} `REPOSITORY_MISSING`, `CONFIG_INVALID`, `GIT_FAILED`
 */
export async function openExperimentsRepository(): Promise<GitRepository> {
  const { underGit, clearStaleWorktrees } = await import('../../pipeline/experiments/index.ts')
  const { isProcessAlive } = await import('../../core/alive-process.ts')
  const repository = underGit(await openCurrentRepository())
  const processes = { processId: process.pid, isAlive: isProcessAlive, clock: Date.now }
  await clearStaleWorktrees({ ...repository, ...processes })
  return repository
}
