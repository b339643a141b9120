/** Starts git. */

import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'

/** What git gets, and what counts as an answer. */
export interface GitInput {
  readonly input?: string
  /** Exit codes besides 0 that are answers, not failures. */
  readonly accepts?: readonly number[]
  /** Instead of this process's own environment. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * Runs git on a repository and returns what it prints. Without the variables that name another, as those of a hook do; and not with
 * `--git-dir` in their place, which would be a vow that its settings may start programs: git asks first whose repository it is.
 *
 * @throws {ToolkitError} `GIT_FAILED`
 */
export function runGit(
  gitRoot: string,
  args: readonly string[],
  { input = '', accepts = [], env }: GitInput = {},
): Buffer {
  // oxlint-disable-next-line no-restricted-properties -- git has the environment of this process, less two variables
  const { GIT_DIR: _, GIT_WORK_TREE: __, ...others } = env ?? process.env
  const options = { cwd: gitRoot, input, maxBuffer: 2 ** 31 - 1, env: others }
  const run = spawnSync('git', args, options)
  const { status, stdout } = run
  if (status === 0 || (status !== null && accepts.includes(status))) return stdout
  throw failure(gitRoot, args, run)
}

function failure(
  gitRoot: string,
  args: readonly string[],
  { status, stderr, error }: SpawnSyncReturns<Buffer>,
): ToolkitError {
  const said = error?.message ?? stderr.toString('utf8').trim()
  const isAbsent = error !== undefined && systemCode(error) === 'ENOENT'
  return new ToolkitError('GIT_FAILED', `'git ${args[0] ?? ''}' failed in '${gitRoot}': ${said}`, {
    hint: isAbsent ? 'install git' : 'look at the repository with: git status',
    details: { args, exitCode: status },
    cause: error,
  })
}
