/** The work tree as a snapshot: finds every `dvc.yaml` and `*.dvc` as DVC does. */

import { type Dirent } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { isExcluded, readGitRules, rulesFor, type GitRules } from './git-rules-file.ts'
import { parsingSettingsOf } from '../stages/format-flags.ts'
import type { Repository } from './repository.ts'
import type { Snapshot } from './snapshot.ts'
import { createYamlParser } from './parsed-yaml-store.ts'
import { existsNow, readTextNow, isFolderNow, listFolderNow } from './text-file.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** The work tree of a repository as it is now. */
export function openWorktree(repository: Repository): Snapshot {
  return {
    revision: '',
    root: repository.root,
    directory: repository.directory,
    pipelineFiles: listPipelineFiles(repository),
    readText: (location) => readTextNow(location, relative(repository.directory, location)),
    hiddenBy: (location) => describeHiding(location, repository),
    parsing: parsingSettingsOf(repository.config.sections.get('parsing')),
    parseYaml: createYamlParser(repository.stateFolder),
  }
}

/** DVC refuses all that it is told when an output is hidden, so we do not record one. */
function describeHiding(
  location: string,
  { root, directory, ignore }: Repository,
): string | undefined {
  if (ignore.isSilentIn(dirname(location))) return undefined
  const isFolder = isFolderNow(location)
  const rule = ignore.explain(location, isFolder)
  if (rule?.file === undefined || rule.pattern.isNegated) return undefined
  return `'${rule.text}' in ${relative(directory, join(root, rule.file))}:${rule.line}`
}

interface Walk {
  readonly repository: Repository
  readonly found: string[]
}

/** From the root, with forward slashes; in each folder `dvc.yaml` first, then names in order, then its folders. */
function listPipelineFiles(repository: Repository): string[] {
  const walk: Walk = { repository, found: [] }
  const { root, gitRoot } = repository
  const isBelow = gitRoot !== undefined && root !== gitRoot
  visitFolder(root, isBelow ? rulesFor(dirname(root), gitRoot) : [], walk)
  return walk.found
}

function visitFolder(folder: string, above: readonly GitRules[], walk: Walk): void {
  const { root, gitRoot, ignore: dvcRules } = walk.repository
  const entries = listFolderNow(folder)
  const names = new Set(entries.map((entry) => entry.name))
  if (folder !== root && names.has('.dvc')) return // Another repository.
  const files = entries.filter((entry) => isPipelineFile(entry, folder))
  files.sort((a, b) => rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : 1))
  for (const { name } of files) {
    const location = join(folder, name)
    if (!dvcRules.isIgnored(location, false)) walk.found.push(relativePosix(root, location))
  }
  const folders = entries.filter((entry) => entry.isDirectory() && !neverEntered.has(entry.name))
  if (folders.length === 0) return // A pipeline's `.gitignore` has a line for each output.
  const own = gitRoot !== undefined && names.has('.gitignore') ? readGitRules(folder) : undefined
  const rules = own === undefined ? above : [...above, own]
  folders.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name } of folders) {
    const location = join(folder, name)
    if (isExcluded(location, true, rules) || dvcRules.isIgnored(location, true)) continue
    visitFolder(location, rules, walk)
  }
}

const neverEntered = new Set(['.git', '.hg', '.dvc', '.venv', 'node_modules'])

function isPipelineFile(entry: Dirent, folder: string): boolean {
  const { name } = entry
  if (name !== 'dvc.yaml' && (!name.endsWith('.dvc') || name === '.dvc')) return false
  return entry.isFile() || (entry.isSymbolicLink() && existsNow(join(folder, name)))
}

function rankOf({ name }: Dirent): number {
  return name === 'dvc.yaml' ? 0 : 1
}
