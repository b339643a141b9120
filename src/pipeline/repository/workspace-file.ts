/** Where a pipeline lives on disk: its repository's root, cache and state folders. */

import { readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { systemCode, writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { createProblems, type Problems } from '../yaml/problems.ts'

/** The folders of a pipeline. */
export interface Workspace {
  /** Absolute folder of `dvc.yaml`. */
  readonly directory: string
  /** The nearest folder, from there upwards, that has `.dvc` in it; else the folder of `dvc.yaml`. */
  readonly root: string
  /** Objects by hash, as DVC 3 lays them out. */
  readonly cacheFolder: string
  /** What only this engine uses, below `.dvc/tmp`, which git ignores. */
  readonly stateFolder: string
  /** The folder that has `.git` in it; without one, no `.gitignore` is written. */
  readonly gitRoot: string | undefined
  /** The nearest `node_modules/.bin`, put on the PATH of stages. */
  readonly binFolder: string | undefined
}

/**
 * Finds the folders around a `dvc.yaml`; creates nothing.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID` when `.dvc/config` asks for what is not supported yet
 */
export async function openWorkspace(directory: string): Promise<Workspace> {
  const start = resolve(directory)
  const root = (await findUpwards(start, '.dvc')) ?? start
  const binRoot = await findUpwards(start, join('node_modules', '.bin'))
  await checkSettings(root, start)
  return {
    directory: start,
    root,
    cacheFolder: join(root, '.dvc', 'cache', 'files', 'md5'),
    stateFolder: join(root, '.dvc', 'tmp', 'mlpt'),
    gitRoot: await findUpwards(start, '.git'),
    binFolder: binRoot && join(binRoot, 'node_modules', '.bin'),
  }
}

/** The nearest folder, from `start` upwards, that has `name` in it. */
async function findUpwards(start: string, name: string): Promise<string | undefined> {
  for (let folder = start; ; folder = dirname(folder)) {
    if (await exists(join(folder, name))) return folder
    if (dirname(folder) === folder) return undefined
  }
}

/** The text of a file; `undefined` when there is none. */
export async function readTextIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw readError(path, error)
  }
}

/** Turns a failed read into an error with code and path. */
export function readError(path: string, error: unknown): ToolkitError {
  const code = systemCode(error) ?? String(error)
  return new ToolkitError('FILE_READ_FAILED', `cannot read '${path}': ${code}`, {
    hint: 'check the path and its permissions',
    details: { path, code },
    cause: error,
  })
}

/** Whether there is anything at a path; links are followed. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return false
    throw readError(path, error)
  }
}

/** Settings of DVC that change where or how files are kept; obeyed later, refused until then. */
const unsupportedSettings: Readonly<Record<string, readonly string[]>> = {
  cache: ['dir', 'shared'],
  core: ['autostage', 'no_scm'],
  parsing: ['bool', 'list'],
}

async function checkSettings(root: string, directory: string): Promise<void> {
  const problems = createProblems()
  for (const name of ['config', 'config.local']) {
    const path = join(root, '.dvc', name)
    checkSettingsText(await readTextIfPresent(path), relative(directory, path), problems)
  }
  const ignorePath = join(root, '.dvcignore')
  const file = relative(directory, ignorePath)
  for (const [i, line] of ((await readTextIfPresent(ignorePath)) ?? '').split('\n').entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue
    problems.add(
      { file, line: i + 1, column: 1 },
      `the pattern '${line.trim()}' is not supported yet`,
    )
  }
  problems.check()
}

function checkSettingsText(text: string | undefined, file: string, problems: Problems): void {
  let section = ''
  for (const [i, line] of (text ?? '').split('\n').entries()) {
    const header = /^\s*\[\s*(\w+)/.exec(line)
    if (header?.[1] !== undefined) section = header[1].toLowerCase()
    else if (/^\s*\[/.test(line)) section = ''
    const name = /^\s*(\w+)\s*=/.exec(line)?.[1]?.toLowerCase()
    if (name === undefined || unsupportedSettings[section]?.includes(name) !== true) continue
    const column = line.search(/\w/) + 1
    problems.add(
      { file, line: i + 1, column },
      `the setting '${section}.${name}' is not supported yet`,
    )
  }
}

/** Makes the `.dvc` folder when there is none, with what keeps cache and state out of git. */
export async function prepareWorkspace({ root }: Workspace): Promise<void> {
  if (await exists(join(root, '.dvc'))) return
  await writeFileAtomically(join(root, '.dvc', '.gitignore'), '/config.local\n/tmp\n/cache\n')
}
