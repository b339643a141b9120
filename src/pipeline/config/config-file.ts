/** The files of DVC's settings: where they are, reading them together, changing one. */

import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { systemCode, writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { createProblems, type Problems } from '../yaml/problems.ts'
import type { Config } from './config.ts'
import { emptyConfigDocument, formatOptionName, type ConfigDocument } from './config-document.ts'
import { toFileValue } from './config-paths.ts'
import { formatConfig, unwritableValue } from './format-config.ts'
import { mergeConfig, type ConfigLayer } from './merge-config.ts'
import { parseConfig } from './parse-config.ts'

/** The files, in the order in which later ones win. */
export const configLevels = ['system', 'global', 'project', 'local'] as const
/** One of the files. */
export type ConfigLevel = (typeof configLevels)[number]

/** Where to look for settings. */
export interface ConfigSource {
  /** The repository's root; without one there are only the levels `system` and `global`. */
  readonly root: string | undefined
  /** `DVC_GLOBAL_CONFIG_DIR`, `DVC_SYSTEM_CONFIG_DIR`, `XDG_CONFIG_HOME`, `XDG_CONFIG_DIRS`, `HOME` are read. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** One file as it is. */
export interface ConfigFile extends ConfigLayer {
  readonly level: ConfigLevel
  /** Absolute. */
  readonly path: string
}

/**
 * Reads all levels and merges them.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` with everything that DVC would refuse, `FILE_READ_FAILED`
 */
export function readConfig(source: ConfigSource): Config {
  return collectingProblems((problems) => mergeConfig(readFiles(source, problems), problems))
}

/**
 * Reads all levels as they are, without the check of what options hold.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` when a file cannot be parsed, `FILE_READ_FAILED`
 */
export function readConfigFiles(source: ConfigSource): ConfigFile[] {
  return collectingProblems((problems) => readFiles(source, problems))
}

function readFiles(source: ConfigSource, problems: Problems): ConfigFile[] {
  const home = source.environment['HOME'] ?? homedir()
  return configLevels.flatMap((level) => {
    const path = configPath(level, source)
    if (path === undefined) return []
    const label = labelOf(path, source.root)
    const text = readTextNow(path, label)
    const document = text === undefined ? emptyConfigDocument : parseConfig(text, label, problems)
    return [{ level, path, document, folder: dirname(path), home }]
  })
}

/** The nearest folder, from one upwards, that has `.dvc` in it; `undefined` when there is none. */
export function findRoot(directory: string): string | undefined {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    const stats = statSync(join(folder, '.dvc'), { throwIfNoEntry: false })
    if (stats?.isDirectory() === true) return folder
    if (dirname(folder) === folder) return undefined
  }
}

/** The path of a level's file; `undefined` for those in a repository when there is none. */
export function configPath(
  level: ConfigLevel,
  { root, environment }: ConfigSource,
): string | undefined {
  if (level === 'system') return join(systemFolder(environment), 'config')
  if (level === 'global') return join(globalFolder(environment), 'config')
  if (root === undefined) return undefined
  return join(root, '.dvc', level === 'project' ? 'config' : 'config.local')
}

function systemFolder(environment: ConfigSource['environment']): string {
  const own = environment['DVC_SYSTEM_CONFIG_DIR']
  if (own) return own
  if (process.platform === 'darwin') return '/Library/Application Support/dvc'
  return join(environment['XDG_CONFIG_DIRS']?.split(':')[0] || '/etc/xdg', 'dvc')
}

function globalFolder(environment: ConfigSource['environment']): string {
  const own = environment['DVC_GLOBAL_CONFIG_DIR']
  if (own) return own
  const home = environment['HOME'] ?? homedir()
  if (process.platform === 'darwin') return join(home, 'Library/Application Support/dvc')
  return join(environment['XDG_CONFIG_HOME'] || join(home, '.config'), 'dvc')
}

function labelOf(path: string, root: string | undefined): string {
  const inside = root === undefined ? '..' : relative(root, path)
  return inside.startsWith('..') ? path : inside
}

/** Settings are read before anything else can be done, hence the blocking read. */
function readTextNow(path: string, label: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    if (code === undefined) {
      throw new ToolkitError('CONFIG_INVALID', `${label}: it is not UTF-8 text`, {
        hint: 'save it as UTF-8',
        cause: error,
      })
    }
    throw new ToolkitError('FILE_READ_FAILED', `cannot read '${label}': ${code}`, {
      hint: 'check the path and its permissions',
      details: { path, code },
      cause: error,
    })
  }
}

/** A change of one file. */
export interface ConfigEdit {
  readonly level: ConfigLevel
  /**
   * Gives the new document. Paths in it are relative to the file's folder.
   *
   * @param file - the one to change
   * @param all - the files of all levels, as they were
   */
  readonly change: (file: ConfigFile, all: readonly ConfigFile[]) => ConfigDocument
}

/**
 * Changes one file, one process after the other; nothing is written when DVC would refuse the result.
 *
 * @throws {ToolkitError} `CONFIG_INVALID`, `REPOSITORY_MISSING`, `FILE_WRITE_FAILED`; `DATA_UNSAVED` when another
 *   process does not let go
 */
export async function editConfig(source: ConfigSource, edit: ConfigEdit): Promise<void> {
  const path = configPath(edit.level, source)
  if (path === undefined) throw missingRepository(edit.level)
  // Every command reads settings, few change them.
  const { whileHeld } = await import('../../core/hold-store.ts')
  await whileHeld(lockPathOf(edit.level, path), () => replaceConfig(source, edit))
}

/** Where git does not see it, in a repository. */
function lockPathOf(level: ConfigLevel, path: string): string {
  return level === 'system' || level === 'global'
    ? join(dirname(path), '.config.lock')
    : join(dirname(path), 'tmp', 'mlpt', 'config-lock.sqlite')
}

async function replaceConfig(source: ConfigSource, edit: ConfigEdit): Promise<void> {
  const files = readConfigFiles(source)
  const index = files.findIndex(({ level }) => level === edit.level)
  const file = files[index]
  if (file === undefined) throw missingRepository(edit.level)
  const document = withPlainPaths(file, edit.change(file, files))
  const text = formatConfig(document)
  // What is read back has the lines that the new values stand on.
  const again = readBack(text, document, labelOf(file.path, source.root))
  const after = files.with(index, { ...file, document: again })
  collectingProblems((problems) => mergeConfig(after.slice(0, index + 1), problems))
  // What is wrong elsewhere already must not keep one from mending it file by file.
  if (isValid(files)) collectingProblems((problems) => mergeConfig(after, problems))
  await writeFileAtomically(file.path, text, modes[edit.level])
}

/** What a person keeps out of git are passwords: nobody else of the machine is to read them. */
const modes: Readonly<Record<ConfigLevel, number>> = {
  system: 0o666,
  global: 0o600,
  project: 0o666,
  local: 0o600,
}

function missingRepository(level: ConfigLevel): ToolkitError {
  return new ToolkitError('REPOSITORY_MISSING', `there is no repository here for --${level}`, {
    hint: 'go to the folder of the project, or use --global',
    details: { level },
  })
}

/** Paths in the form DVC writes. */
function withPlainPaths({ folder }: ConfigFile, document: ConfigDocument): ConfigDocument {
  const sections = document.sections.map((section) => ({
    ...section,
    options: section.options.map((option) => {
      const name = { group: section.group, section: section.name, option: option.name }
      return typeof option.value === 'string'
        ? { ...option, value: toFileValue(name, option.value, { folder, directory: folder }) }
        : option
    }),
  }))
  return { ...document, sections }
}

/** @throws {ToolkitError} `CONFIG_INVALID` when it is not what was written */
function readBack(text: string, document: ConfigDocument, label: string): ConfigDocument {
  return collectingProblems((problems) => {
    const again = parseConfig(text, label, problems)
    const actual = valuesOf(again)
    for (const [name, value] of valuesOf(document)) {
      if (!isDeepStrictEqual(actual.get(name), value)) throw unwritableValue(name)
    }
    return again
  })
}

function valuesOf({ sections }: ConfigDocument): Map<string, unknown> {
  return new Map(
    sections.flatMap(({ group, name: section, options }) =>
      options.map(({ name, value }) => [formatOptionName({ group, section, option: name }), value]),
    ),
  )
}

function isValid(files: readonly ConfigFile[]): boolean {
  const problems = createProblems()
  mergeConfig(files, problems)
  return problems.count === 0
}

/** Problems are gathered as those of a pipeline are; only their code is another. */
function collectingProblems<T>(work: (problems: Problems) => T): T {
  const problems = createProblems()
  const result = work(problems)
  try {
    problems.check()
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    const { message, hint, details, cause } = error
    throw new ToolkitError('CONFIG_INVALID', message, { hint, details, cause })
  }
  return result
}
