/** Makes a folder a repository of dvc's. */

import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { runGit } from '../repository/git-process.ts'
import { isIgnoredByGit } from '../repository/git-rules-file.ts'
import { existsNow, isFolderNow } from '../repository/text-file.ts'

/** How to make a repository. */
export interface InitOptions {
  /** Absolute folder, which becomes the root. */
  readonly directory: string
  /** Without git: no `.gitignore` is ever written. */
  readonly withoutGit?: boolean
  /** Below the folder that git has. */
  readonly isSubfolder?: boolean
  /** Makes it anew where there is one: settings and cache are lost. */
  readonly isForced?: boolean
}

/**
 * Writes `.dvc` and `.dvcignore`, and hands them to git. `config` comes last: a repository is
 * there when that is.
 *
 * @returns absolute paths of what was written for git
 * @throws {ToolkitError} `CLI_USAGE`, `PATH_FORBIDDEN` when git has no place for it, or there is a
 * repository already; `GIT_FAILED`, `FILE_WRITE_FAILED`
 */
export async function initRepository(options: InitOptions): Promise<string[]> {
  const { directory, withoutGit = false, isForced = false } = options
  const folder = join(directory, '.dvc')
  const gitRoot = findGitRoot(options)
  checkPlace(folder, gitRoot, isForced)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'tmp'), { recursive: true })
  await writeFileAtomically(join(folder, 'tmp', 'btime'), '')
  const ignorePath = join(directory, '.dvcignore')
  if (!existsNow(ignorePath)) await writeFileAtomically(ignorePath, ignoreText)
  if (!withoutGit) await writeFileAtomically(join(folder, '.gitignore'), gitIgnoreText)
  const configText = withoutGit ? '[core]\n    no_scm = True\n' : ''
  await writeFileAtomically(join(folder, 'config'), configText)
  if (gitRoot === undefined) return []
  const written = [join(folder, 'config'), ignorePath, join(folder, '.gitignore')]
  runGit(gitRoot, ['add', '--', ...written])
  return written
}

const gitIgnoreText = '/config.local\n/tmp\n/cache\n'
const ignoreText = `# Add patterns of files dvc should ignore, which could improve
# the performance. Learn more at
# https://dvc.org/doc/user-guide/dvcignore
`

function findGitRoot({ directory, withoutGit, isSubfolder }: InitOptions): string | undefined {
  if (withoutGit === true) {
    if (isSubfolder !== true) return undefined
    throw new ToolkitError('CLI_USAGE', '--no-scm and --subdir contradict each other', {
      hint: 'give one of the two',
    })
  }
  for (let folder = directory; ; folder = dirname(folder)) {
    if (existsNow(join(folder, '.git'))) return folder
    if (isSubfolder !== true || dirname(folder) === folder) throw noGitError(directory)
  }
}

function noGitError(directory: string): ToolkitError {
  return new ToolkitError('PATH_FORBIDDEN', `'${directory}' is not the root of a git repository`, {
    hint: 'go there, or use --subdir below it, or --no-scm without git',
    details: { directory },
  })
}

function checkPlace(folder: string, gitRoot: string | undefined, isForced: boolean): void {
  if (gitRoot !== undefined && isIgnoredByGit(folder, true, { gitRoot })) {
    throw new ToolkitError('PATH_FORBIDDEN', `git ignores '${folder}'`, {
      hint: "let git see it, with a line '!.dvc' in .gitignore",
      details: { folder },
    })
  }
  const isThere = isFolderNow(folder)
  if (!isThere || isForced) return
  throw new ToolkitError('PATH_FORBIDDEN', `there is a repository already: '${folder}' exists`, {
    hint: 'use it as it is, or make it anew with --force, which deletes its settings and cache',
    details: { folder },
  })
}
