import { readClass } from './read-class.ts'
import { readEscape } from './read-escape.ts'
import { openGroup, readGlobalFlags } from './read-group.ts'
import { RegexReader } from './regex-reader.ts'
import type { ParsedRegex, RegexToken } from './regex-token.ts'

/**
 * Reads a regular expression as Python's `re` does.
 *
 * @throws {RegexProblem} in Python's words for what is malformed, and by name for what this version does not know
 */
export function parseRegex(pattern: string): ParsedRegex {
  const reader = new RegexReader(pattern)
  readGlobalFlags(reader)
  const tokens: RegexToken[] = []
  while (!reader.isAtEnd) {
    const token = readToken(reader, tokens)
    if (token !== undefined) tokens.push(token)
  }
  if (reader.depth > 0) throw reader.problem('has a missing ), unterminated subpattern')
  return { tokens, ignoresCase: reader.ignoresCase }
}

function readToken(reader: RegexReader, before: readonly RegexToken[]): RegexToken | undefined {
  const { flags } = reader
  const char = reader.next()
  if (flags.has('x') && isSkipped(reader, char)) return undefined
  switch (char) {
    case '\\':
      return readEscape(reader)
    case '[':
      return readClass(reader)
    case '(':
      return openGroup(reader)
    case ')':
      reader.closeGroup()
      return { kind: 'close' }
    case '|':
      return { kind: 'or' }
    case '.':
      return { kind: 'any', hasNewline: flags.has('s') }
    case '^':
      return { kind: 'assertion', name: 'start', isMultiline: flags.has('m') }
    case '$':
      return { kind: 'assertion', name: 'end', isMultiline: flags.has('m') }
    default:
      return readRepeat(reader, char, before) ?? { kind: 'char', codePoint: char.codePointAt(0)! }
  }
}

/** Under the flag `x`, white space and comments up to the end of the line. */
function isSkipped(reader: RegexReader, char: string): boolean {
  if (char === '#') {
    while (!reader.isAtEnd && reader.next() !== '\n');
    return true
  }
  return /^[ \t\n\r\f\v]$/.test(char)
}

function isEmptyBefore({ kind }: RegexToken): boolean {
  return kind === 'open' || kind === 'or' || kind === 'assertion'
}

const limits = /^(?:(\d+)(?:(,)(\d*))?|,(\d*))\}/

function readRepeat(
  reader: RegexReader,
  char: string,
  before: readonly RegexToken[],
): RegexToken | undefined {
  const range = readRange(reader, char)
  if (range === undefined) return undefined
  const last = before.at(-1)
  if (last === undefined || isEmptyBefore(last)) {
    throw reader.problem('has nothing to repeat')
  }
  if (last.kind === 'repeat') throw reader.problem('has a multiple repeat')
  if (range.from > range.to) throw reader.problem('has a min repeat greater than max repeat')
  const manner = reader.take('?') ? 'lazy' : reader.take('+') ? 'possessive' : 'greedy'
  return { kind: 'repeat', ...range, manner }
}

function readRange(
  reader: RegexReader,
  char: string,
): { readonly from: number; readonly to: number } | undefined {
  if (char === '*') return { from: 0, to: Infinity }
  if (char === '+') return { from: 1, to: Infinity }
  if (char === '?') return { from: 0, to: 1 }
  if (char !== '{') return undefined
  const found = reader.takeMatch(limits)
  if (found === undefined) return undefined
  const [, from, comma, to, upTo] = found
  if (from !== undefined && comma === undefined) return { from: Number(from), to: Number(from) }
  const end = to ?? upTo ?? ''
  return { from: Number(from ?? 0), to: end === '' ? Infinity : Number(end) }
}
