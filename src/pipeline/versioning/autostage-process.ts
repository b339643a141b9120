import { relative } from 'node:path'
import { runGit } from '../repository/git-process.ts'
import type { Repository } from '../repository/repository.ts'
import { existsNow } from '../repository/text-file.ts'

/** Whether `core.autostage` asks for files to be handed to git, and there is one. */
export function isAutostaged({ config, gitRoot }: Pick<Repository, 'config' | 'gitRoot'>): boolean {
  const isWanted = config.sections.get('core')?.get('autostage')?.toLowerCase() === 'true'
  return isWanted && gitRoot !== undefined
}

/**
 * Hands files to git, when `core.autostage` says so; those that are gone are taken out of its index.
 *
 * @param paths - absolute
 * @returns whether they were handed over
 * @throws {ToolkitError} `GIT_FAILED`
 */
export function stageForGit(
  repository: Pick<Repository, 'config' | 'gitRoot'>,
  paths: readonly string[],
): boolean {
  const { gitRoot } = repository
  if (gitRoot === undefined || !isAutostaged(repository) || paths.length === 0) return false
  const place = (path: string): string => relative(gitRoot, path)
  const present = paths.filter(existsNow).map(place)
  const gone = paths.filter((path) => !existsNow(path)).map(place)
  if (present.length > 0) runGit(gitRoot, ['--literal-pathspecs', 'add', '--', ...present])
  if (gone.length > 0) {
    runGit(gitRoot, [
      '--literal-pathspecs',
      'rm',
      '-q',
      '--cached',
      '--ignore-unmatch',
      '--',
      ...gone,
    ])
  }
  return true
}
