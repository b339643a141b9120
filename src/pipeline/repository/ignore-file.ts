/** Reads `.dvcignore` files, each when a path below its folder is first asked about. */

import { existsSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { createProblems } from '../yaml/problems.ts'
import {
  builtInRules,
  findRule,
  parseIgnoreFile,
  type IgnoreRule,
  type RepositoryIgnoreRules,
} from './ignore-rules.ts'
import { readTextNow } from './text-file.ts'

/**
 * The rules below a repository's root. Files are read as paths are asked about; what they
 * said is kept for the life of the object.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID`, `FILE_READ_FAILED`, when asked about a path below a bad file
 */
export function readIgnoreRules(root: string): RepositoryIgnoreRules {
  const rulesByFolder = new Map<string, readonly IgnoreRule[]>()
  const verdicts = new Map<string, Verdict>([[root, visible]])

  const inside = root.endsWith(sep) ? root : root + sep
  const isWithin = (location: string): boolean => location === root || location.startsWith(inside)
  const rulesOf = (folder: string): readonly IgnoreRule[] => {
    const known = rulesByFolder.get(folder)
    if (known !== undefined) return known
    const above = folder === root ? builtInRules : rulesOf(dirname(folder))
    // A file in a folder that is ignored says nothing.
    const isHidden = folder !== root && verdictOf(folder, true, above).isIgnored
    const rules = isHidden ? above : withFile(above, root, folder)
    rulesByFolder.set(folder, rules)
    return rules
  }
  /** Whether what lies in a folder is ignored because of the folder, or of one above it. */
  const verdictInside = (folder: string): Verdict => {
    const known = verdicts.get(folder)
    if (known !== undefined) return known
    const verdict = verdictOf(folder, true, rulesOf(folder))
    verdicts.set(folder, verdict)
    return verdict
  }
  const verdictOf = (path: string, isFolder: boolean, rules: readonly IgnoreRule[]): Verdict => {
    const parent = dirname(path)
    // DVC tests the folders above a path against the rules below them, too: a nested `**` takes in its own folder.
    const above =
      parent === root || rules === rulesOf(parent)
        ? verdictInside(parent)
        : verdictOf(parent, true, rules)
    if (above.isIgnored) return above
    if (isFolder && existsSync(join(path, '.dvc'))) return { isIgnored: true, rule: undefined }
    const rule = findRule(rules, relative(root, path).replaceAll(sep, '/'), isFolder)
    return { isIgnored: rule !== undefined && !rule.pattern.isNegated, rule }
  }
  const ask = (location: string, isFolder: boolean): Verdict =>
    isWithin(location) && location !== root
      ? verdictOf(location, isFolder, rulesOf(dirname(location)))
      : visible
  return {
    isIgnored: (location, isFolder) => ask(location, isFolder).isIgnored,
    explain: (location, isFolder) => ask(location, isFolder).rule,
    isSilentIn: (folder) => !isWithin(folder) || rulesOf(folder) === builtInRules,
  }
}

interface Verdict {
  readonly isIgnored: boolean
  readonly rule: IgnoreRule | undefined
}

const visible: Verdict = { isIgnored: false, rule: undefined }

/** The rules above and those of the folder's own `.dvcignore`, unless that is itself ignored. */
function withFile(
  above: readonly IgnoreRule[],
  root: string,
  folder: string,
): readonly IgnoreRule[] {
  const below = relative(root, folder).replaceAll(sep, '/')
  const name = below === '' ? '.dvcignore' : `${below}/.dvcignore`
  const rule = findRule(above, name, false)
  if (rule !== undefined && !rule.pattern.isNegated) return above
  const text = readTextNow(join(folder, '.dvcignore'), name)
  if (text === undefined) return above
  const problems = createProblems()
  const rules = parseIgnoreFile(text, below, problems)
  problems.check()
  return rules.length === 0 ? above : [...above, ...rules]
}
