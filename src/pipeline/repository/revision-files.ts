/** Which files of a git revision belong to its pipeline. */

import { basename, dirname } from 'node:path'
import { createProblems } from '../yaml/problems.ts'
import { builtInRules, findRule, parseIgnoreFile, type IgnoreRule } from './ignore-rules.ts'

/**
 * The `dvc.yaml` and `*.dvc` files of a tree, in the order in which a walk of the work tree finds them,
 * without what the revision's own `.dvcignore` files hide and without repositories inside of this one.
 *
 * @param paths - all files, from the repository's root, with forward slashes
 * @throws {ToolkitError} `PIPELINE_INVALID` for a `.dvcignore` that cannot be read
 */
export function selectPipelineFiles(
  paths: readonly string[],
  readText: (path: string) => string | undefined,
): string[] {
  const nested = paths.flatMap((path) => /^(.+)\/\.dvc\//.exec(path)?.[1] ?? [])
  const isHidden = createIgnoreTest(paths, readText)
  const isInNested = (path: string): boolean =>
    nested.some((folder) => path.startsWith(`${folder}/`))
  return paths
    .filter((path) => isPipelineFile(path) && !isInNested(path) && !isHidden(path))
    .sort(compareWalk)
}

function isPipelineFile(path: string): boolean {
  const name = basename(path)
  if (path.split('/').some((part) => neverEntered.has(part))) return false
  return name === 'dvc.yaml' || (name.endsWith('.dvc') && name !== '.dvc')
}

const neverEntered = new Set(['.git', '.hg', '.dvc', '.venv', 'node_modules'])

/** `dvc.yaml` first, then files by name, then folders by name. */
function compareWalk(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')]
  const shared = left.findIndex((part, i) => part !== right[i])
  const isFile = (parts: readonly string[]): boolean => shared === parts.length - 1
  if (isFile(left) !== isFile(right)) return isFile(left) ? -1 : 1
  if (isFile(left) && left[shared] === 'dvc.yaml') return -1
  if (isFile(right) && right[shared] === 'dvc.yaml') return 1
  return left[shared]! < right[shared]! ? -1 : 1
}

function createIgnoreTest(
  paths: readonly string[],
  readText: (path: string) => string | undefined,
): (path: string) => boolean {
  const files = new Set(paths.filter((path) => basename(path) === '.dvcignore'))
  const known = new Map<string, readonly IgnoreRule[]>()
  const rulesOf = (folder: string): readonly IgnoreRule[] => {
    const rules = known.get(folder) ?? [...rulesAbove(folder), ...rulesIn(folder)]
    known.set(folder, rules)
    return rules
  }
  const rulesAbove = (folder: string): readonly IgnoreRule[] =>
    folder === '' ? builtInRules : rulesOf(parentOf(folder))
  const rulesIn = (folder: string): readonly IgnoreRule[] => {
    const path = folder === '' ? '.dvcignore' : `${folder}/.dvcignore`
    if (!files.has(path) || isMatched(path, false, rulesAbove(folder))) return []
    const problems = createProblems()
    const rules = parseIgnoreFile(readText(path) ?? '', folder, problems)
    problems.check()
    return rules
  }
  const isHidden = (path: string, isFolder: boolean): boolean => {
    if (path === '') return false
    const parent = parentOf(path)
    return isHidden(parent, true) || isMatched(path, isFolder, rulesOf(parent))
  }
  return (path) => isHidden(path, false)
}

function isMatched(path: string, isFolder: boolean, rules: readonly IgnoreRule[]): boolean {
  const rule = findRule(rules, path, isFolder)
  return rule !== undefined && !rule.pattern.isNegated
}

function parentOf(path: string): string {
  const parent = dirname(path)
  return parent === '.' ? '' : parent
}
