/**
 * Regular expressions as Python's `re` reads them, written for RE2, the engine
 * inside DuckDB. What RE2 cannot do is refused by name when the suite is read.
 */

import type { Kwarg } from './kwargs.ts'

/** A pattern that RE2 can run. Whether it is well formed shows when it runs. */
export const pythonRegex: Kwarg<string, false> = {
  expected: 'a regular expression',
  isRequired: false,
  accepts: (value) => typeof value === 'string',
  describeProblem: (pattern) => {
    const found = findUnsupported(pattern)
    return found === undefined
      ? undefined
      : `'${pattern}' has ${found}, which DuckDB's engine RE2 does not know`
  },
}

/** One bracketed class, a `]` in first place included. */
const bracketed = /\[\^?\]?(?:\\.|[^\]\\])*\]/gs

function findUnsupported(pattern: string): string | undefined {
  const tokens = [...pattern.matchAll(new RegExp(`${bracketed.source}|\\\\.`, 'gs'))]
  if (tokens.some(([token]) => token.startsWith('[') && /\\[WSD]/.test(token))) {
    return 'a negated class such as \\W inside brackets'
  }
  if (tokens.some(([token]) => /^\\[1-9]$/.test(token))) return 'a back-reference'
  let bare = pattern
  for (const [token] of tokens) bare = bare.replace(token, 'x')
  return unsupported.find(({ form }) => form.test(bare))?.name
}

const unsupported: readonly { readonly form: RegExp; readonly name: string }[] = [
  { form: /\(\?<?[=!]/, name: 'a look-around' },
  { form: /\(\?P=/, name: 'a back-reference' },
  { form: /\(\?>|[*+?}]\+/, name: 'an atomic group or possessive quantifier' },
  { form: /\(\?\(/, name: 'a condition' },
  { form: /\(\?#/, name: 'a comment' },
  { form: /\(\?[a-z]*[xauL]/, name: 'a flag other than i, m and s' },
]

/**
 * Rewrites what both engines know but read differently: `\d`, `\w` and `\s`
 * cover Unicode, `$` also matches before a final newline, `\Z` is the very end.
 * `\b` stays ASCII.
 */
export function translateRegex(pattern: string): string {
  const isMultiline = /\(\?[a-z]*m/.test(pattern)
  const token = new RegExp(`${bracketed.source}|\\\\u[0-9a-fA-F]{4}|\\\\.|\\{,\\d+\\}|\\$`, 'gs')
  return pattern.replaceAll(token, (found) => {
    if (found.startsWith('[')) return translateBracketed(found)
    if (found === '$') return isMultiline ? found : String.raw`(?:\n?\z)`
    if (found.startsWith('{')) return `{0${found.slice(1)}`
    return escapes[found] ?? translateCodePoint(found)
  })
}

function translateBracketed(token: string): string {
  const opening = /^\[\^?\]?/.exec(token)![0]
  const inside = token.slice(opening.length, -1)
  // An inner `[` is itself; RE2 would read `[:alpha:]`.
  const translated = inside.replaceAll(/\\u[0-9a-fA-F]{4}|\\.|\[/gs, (found) =>
    found === '[' ? '\\[' : (bracketedEscapes[found] ?? translateCodePoint(found)),
  )
  return `${opening}${translated}]`
}

function translateCodePoint(token: string): string {
  return token.length === 6 ? `\\x{${token.slice(2)}}` : token
}

const wordClass = String.raw`\p{L}\p{N}_`
const spaceClass = String.raw`\t-\r\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`

const bracketedEscapes: Readonly<Record<string, string>> = {
  '\\d': String.raw`\p{Nd}`,
  '\\w': wordClass,
  '\\s': spaceClass,
}

const escapes: Readonly<Record<string, string>> = {
  '\\d': String.raw`\p{Nd}`,
  '\\D': String.raw`\P{Nd}`,
  '\\w': `[${wordClass}]`,
  '\\W': `[^${wordClass}]`,
  '\\s': `[${spaceClass}]`,
  '\\S': `[^${spaceClass}]`,
  '\\Z': String.raw`\z`,
}
