/** Makes a git branch of an experiment. */

import { ToolkitError } from '../../core/errors.ts'
import { runGit } from '../repository/git-process.ts'
import { findExperiments, readRef } from './refs-process.ts'

/**
 * Creates a branch that ends in the experiment's commit; the work tree stays where it is.
 *
 * @param branch - `undefined` for `<experiment>-branch`, as in DVC
 * @returns the branch's name
 * @throws {ToolkitError} `EXPERIMENT_UNKNOWN`; `CLI_USAGE` for a branch that exists or that git does not allow
 */
export function branchExperiment(gitRoot: string, name: string, branch?: string): string {
  const experiment = findExperiments(gitRoot, [name])[0]!
  const chosen = branch ?? `${experiment.name}-branch`
  const ref = `refs/heads/${chosen}`
  const checked = runGit(gitRoot, ['check-ref-format', '--branch', chosen], {
    accepts: [1, 128, 129],
  })
  // Of git's own check the last two are names; to 'switch' the one is HEAD, and the other is none.
  if (checked.toString('utf8').trim() !== chosen || chosen === '@' || chosen === '') {
    throw new ToolkitError('CLI_USAGE', `git allows no branch '${chosen}'`, {
      hint: 'use letters, digits, dots, dashes and slashes',
      details: { branch: chosen },
    })
  }
  if (readRef(gitRoot, ref) !== undefined) {
    throw new ToolkitError('CLI_USAGE', `there already is a branch '${chosen}'`, {
      hint: `choose another name: mlpt exp branch ${experiment.name} NAME`,
      details: { branch: chosen },
    })
  }
  const none = '0'.repeat(experiment.commit.length)
  runGit(gitRoot, [
    'update-ref',
    '-m',
    `mlpt: created from experiment '${experiment.name}'`,
    ref,
    experiment.commit,
    none,
  ])
  return chosen
}
