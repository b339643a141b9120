import { runGit } from '../../repository/git-process.ts'
import type { Repository } from '../../repository/repository.ts'
import { workspaceName } from '../content-file.ts'
import { createLazyHistory } from '../read-revisions.ts'

/**
 * The revisions whose plots are drawn, the work tree first. Without a comparison that is all. A comparison
 * with nothing named takes HEAD in when a file that git tracks has changed; one with a single revision
 * takes the work tree in.
 *
 * @param asked - `undefined` for no comparison
 * @throws {ToolkitError} `REVISION_UNKNOWN`, `GIT_FAILED`
 */
export function chooseRevisions(
  repository: Repository,
  asked: readonly string[] | undefined,
): string[] {
  if (asked === undefined) return [workspaceName]
  const history = createLazyHistory(repository)()
  if (!history.hasCommits()) return [workspaceName]
  history.resolve(asked.filter((name) => name !== workspaceName))
  const others = [...new Set(asked)].filter((name) => name !== workspaceName)
  if (asked.length === 0) return [workspaceName, ...(hasChanges(repository) ? ['HEAD'] : [])]
  return asked.length === 1 || asked.includes(workspaceName) ? [workspaceName, ...others] : others
}

function hasChanges({ gitRoot }: Repository): boolean {
  if (gitRoot === undefined) return false
  return runGit(gitRoot, ['status', '--porcelain', '--untracked-files=no']).length > 0
}
