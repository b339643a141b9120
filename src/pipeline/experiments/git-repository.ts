/** Experiments live in git. */

import { ToolkitError } from '../../core/errors.ts'
import type { Repository } from '../repository/repository.ts'

/** A repository that git knows. */
export type GitRepository = Repository & { readonly gitRoot: string }

/** @throws {ToolkitError} `GIT_FAILED` when it is not under git */
export function underGit(repository: Repository): GitRepository {
  const { gitRoot, root } = repository
  if (gitRoot !== undefined) return { ...repository, gitRoot }
  throw new ToolkitError('GIT_FAILED', `'${root}' is not under git, which keeps experiments`, {
    hint: 'make it a git repository with a first commit: git init',
    details: { root },
  })
}
