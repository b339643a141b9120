/** What `.dvcignore` files say. */

import { parseIgnorePattern, rebasePattern, type IgnorePattern } from './ignore-pattern.ts'
import type { Problems } from '../yaml/problems.ts'

/** Decides which paths DVC does not see. */
export interface IgnoreRules {
  /** @param location - absolute; outside of the repository nothing is ignored */
  isIgnored(location: string, isFolder: boolean): boolean
}

/** The rules of a repository, which can also say which of them decided. */
export interface RepositoryIgnoreRules extends IgnoreRules {
  /**
   * The rule that decides whether DVC sees a path; one that is negated says that it does.
   * `undefined` when no rule matches. A folder that is a repository of its own is ignored without a rule.
   */
  explain(location: string, isFolder: boolean): IgnoreRule | undefined
  /** Whether no file says anything about what lies in a folder. */
  isSilentIn(folder: string): boolean
}

/** One rule, and where it stands. */
export interface IgnoreRule {
  readonly pattern: IgnorePattern
  /** As it is written, without the blanks around it. */
  readonly text: string
  /** The `.dvcignore` it stands in, relative to the root; `undefined` for what always holds. */
  readonly file: string | undefined
  /** From 1; 0 for what always holds. */
  readonly line: number
}

/** What holds in every repository, before anything that a file says. */
export const builtInRules: readonly IgnoreRule[] = ['.hg/', '.git/', '.git', '.dvc/'].map(
  (text) => ({ pattern: parseIgnorePattern(text)!, text, file: undefined, line: 0 }),
)

/**
 * The rules of one `.dvcignore`. Blanks around a line do not count, even escaped
 * ones; what DVC cannot read is added to the problems.
 *
 * @param folder - of the file, relative to the root with forward slashes; '' for the root
 */
export function parseIgnoreFile(text: string, folder: string, problems: Problems): IgnoreRule[] {
  const file = folder === '' ? '.dvcignore' : `${folder}/.dvcignore`
  const rules: IgnoreRule[] = []
  for (const [i, raw] of text.split(/\r\n|[\n\r]/).entries()) {
    const line = raw.replace(blanksAround, '')
    if (line === '' || line.startsWith('#')) continue
    try {
      const own = parseIgnorePattern(line)
      if (own === undefined) continue
      const pattern = folder === '' ? own : parseIgnorePattern(rebasePattern(line, folder))
      if (pattern !== undefined) rules.push({ pattern, text: line, file, line: i + 1 })
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      problems.add(
        { file, line: i + 1, column: 1 },
        `'${line}' is no pattern that DVC can read: ${error.message}`,
        'correct it, or put a # in front',
      )
    }
  }
  return rules
}

/** What Python's `strip` takes off, which leaves a byte order mark. */
const blanksAround = /^[^\S\ufeff]+|[^\S\ufeff]+$/g

/**
 * The rule that decides about a path itself: the last that matches; `undefined` when none does.
 * Whether the folders above are ignored is for the caller to know.
 *
 * @param path - relative to the root, with forward slashes
 */
export function findRule(
  rules: readonly IgnoreRule[],
  path: string,
  isFolder: boolean,
): IgnoreRule | undefined {
  return rules.findLast(({ pattern: { isFolderOnly, expression } }) => {
    if (!isFolder) return !isFolderOnly && expression.test(path)
    return expression.test(path) || expression.test(`${path}/`)
  })
}
