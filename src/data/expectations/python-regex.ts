/**
 * Regular expressions as Python's `re` reads them. RE2, the engine inside
 * DuckDB, runs what it can; the rest runs in JavaScript, once for each
 * distinct value.
 */

import { quoteText } from '../duckdb-store.ts'
import type { Kwarg } from './kwargs.ts'
import { parseRegex } from './regex/parse-regex.ts'
import { RegexProblem } from './regex/regex-reader.ts'
import { writeJavaScript } from './regex/write-javascript.ts'
import { writeRe2 } from './regex/write-re2.ts'
import { messageOf } from '../../core/errors.ts'

/** A pattern that Python would compile, without conditions on groups. */
export const pythonRegex: Kwarg<string, false> = {
  expected: 'a regular expression',
  isRequired: false,
  accepts: (value) => typeof value === 'string',
  describeProblem: (pattern) => {
    try {
      writeJavaScript(parseRegex(pattern))
      return undefined
    } catch (error) {
      if (error instanceof RegexProblem) return `'${pattern}' ${error.message}`
      return `'${pattern}' cannot be compiled: ${messageOf(error)}`
    }
  },
}

/** Whether a text matches: an SQL condition, or a function for texts fetched from the database. */
export type TextMatch =
  | { readonly kind: 'where'; readonly condition: string }
  | { readonly kind: 'judged'; readonly matches: (text: string) => boolean }

/**
 * Whether any or all of some regular expressions are found somewhere in a text.
 *
 * @param textSql - SQL of the text
 * @param regexes - of which {@link pythonRegex} has nothing to say
 */
export function matchRegexes(
  textSql: string,
  regexes: readonly string[],
  which: 'any' | 'all' = 'any',
): TextMatch {
  const parsed = regexes.map(parseRegex)
  const patterns = parsed.map(writeRe2).filter((pattern) => pattern !== undefined)
  if (patterns.length === parsed.length) {
    const matches = patterns.map((pattern) => `regexp_matches(${textSql}, ${quoteText(pattern)})`)
    return { kind: 'where', condition: `(${matches.join(which === 'any' ? ' OR ' : ' AND ')})` }
  }
  const compiled = parsed.map(writeJavaScript)
  const matches = (text: string): boolean =>
    which === 'any'
      ? compiled.some((regex) => regex.test(text))
      : compiled.every((regex) => regex.test(text))
  return { kind: 'judged', matches }
}
