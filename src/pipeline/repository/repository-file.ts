/** Finds a repository on disk. */

import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { asWriteError, writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { readConfig } from '../config/config-file.ts'
import type { Config } from '../config/config.ts'
import { readIgnoreRules } from './ignore-file.ts'
import type { Repository } from './repository.ts'
import { existsNow, isFolderNow } from './text-file.ts'

/** How to open a repository. */
export interface OpenOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Takes a folder with a `dvc.yaml` but without any `.dvc` above it for a new repository. */
  readonly allowsNew?: boolean
}

/**
 * Finds the repository that holds a folder; creates nothing.
 *
 * @throws {ToolkitError} `REPOSITORY_MISSING`, `CONFIG_INVALID`
 */
export function openRepository(
  directory: string,
  { env, allowsNew = false }: OpenOptions,
): Repository {
  const start = resolve(directory)
  const found = findUpwards(start, '.dvc', isFolderNow)
  if (found === undefined && !(allowsNew && existsNow(join(start, 'dvc.yaml')))) {
    throw missingError(start)
  }
  const root = found ?? start
  const config = readConfig({ root, environment: env })
  checkLockProtocol(config)
  const binRoot = findUpwards(start, join('node_modules', '.bin'), existsNow)
  const temporaryFolder = join(root, '.dvc', 'tmp')
  return {
    directory: start,
    root,
    config,
    cacheFolder: config.sections.get('cache')?.get('dir') ?? join(root, '.dvc', 'cache'),
    temporaryFolder,
    stateFolder: join(temporaryFolder, 'mlpt'),
    gitRoot: usesGit(config) ? findUpwards(root, '.git', existsNow) : undefined,
    binFolder: binRoot && join(binRoot, 'node_modules', '.bin'),
    ignore: readIgnoreRules(root),
  }
}

/** DVC then locks by hard links, which we do not do: both would run at once. */
function checkLockProtocol(config: Config): void {
  if (config.sections.get('core')?.get('hardlink_lock')?.toLowerCase() !== 'true') return
  throw new ToolkitError('CONFIG_INVALID', `the setting 'core.hardlink_lock' is not supported`, {
    hint: 'remove it with: mlpt config --unset core.hardlink_lock',
  })
}

function usesGit(config: Config): boolean {
  return config.sections.get('core')?.get('no_scm')?.toLowerCase() !== 'true'
}

/** The nearest folder, from `start` upwards, that has `name` in it. */
function findUpwards(
  start: string,
  name: string,
  isThere: (path: string) => boolean,
): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (isThere(join(folder, name))) return folder
    if (dirname(folder) === folder) return undefined
  }
}

function missingError(directory: string): ToolkitError {
  return new ToolkitError(
    'REPOSITORY_MISSING',
    `'${directory}' is not inside of a repository: neither it nor a folder above has '.dvc' in it`,
    {
      hint: "go to the project's folder, or make one here with: mlpt init",
      details: { directory },
    },
  )
}

/** Makes the `.dvc` folder when there is none, with what keeps cache and state out of git. */
export async function prepareRepository(repository: Repository): Promise<void> {
  const { root, gitRoot, stateFolder } = repository
  if (gitRoot !== undefined || !existsNow(join(root, '.dvc'))) {
    const path = join(root, '.dvc', '.gitignore')
    if (!existsNow(path)) await writeFileAtomically(path, '/config.local\n/tmp\n/cache\n')
  }
  try {
    mkdirSync(stateFolder, { recursive: true })
  } catch (error) {
    throw asWriteError(stateFolder, error)
  }
}
