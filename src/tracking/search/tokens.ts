/** The words of a filter: names, texts in quotes, numbers, operators, brackets. */

import { refusal } from './refusal.ts'

export type TokenKind =
  | 'word'
  | 'path'
  | 'double-quoted'
  | 'single-quoted'
  | 'number'
  | 'operator'
  | '('
  | ')'
  | ','
  | 'end'

export interface Token {
  readonly kind: TokenKind
  /** As it stands in the filter, quotes included. */
  readonly text: string
  /** Index of its first character. */
  readonly start: number
}

/**
 * The tokens of a filter, the last of which has kind 'end'. A name is one token whatever its
 * length: `word` is a bare one, `path` has dots or backticks in it (metrics.loss, tags.`a b`).
 * Double quotes hold a text or a name, which only its place decides.
 *
 * @throws {ToolkitError} `TRACKING_INVALID` for a character that starts nothing, and for an open quote.
 */
export function splitTokens(filter: string): readonly Token[] {
  const tokens: Token[] = []
  let position = skipSpace(filter, 0)
  while (position < filter.length) {
    const token = readToken(filter, position)
    tokens.push(token)
    position = skipSpace(filter, position + token.text.length)
  }
  return [...tokens, { kind: 'end', text: '', start: filter.length }]
}

const space = /\s*/y
const operator = /[=!<>~]+/y
/** Not followed by what would make it part of a word. */
const number = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\p{L}\p{N}_.])/iuy
const word = /[\p{L}_][\p{L}\p{N}_$#]*/uy
const wordAfterDot = /[\p{L}\p{N}_][\p{L}\p{N}_$#]*/uy

function skipSpace(filter: string, position: number): number {
  return position + (matchAt(space, filter, position)?.length ?? 0)
}

function readToken(filter: string, start: number): Token {
  const first = filter[start]!
  if (first === '(' || first === ')' || first === ',') return { kind: first, text: first, start }
  if (first === "'") return { kind: 'single-quoted', text: readQuoted(filter, start), start }
  const operatorText = matchAt(operator, filter, start)
  if (operatorText !== undefined) return { kind: 'operator', text: operatorText, start }
  const numberText = matchAt(number, filter, start)
  if (numberText !== undefined) return { kind: 'number', text: numberText, start }
  return readName(filter, start)
}

function readName(filter: string, start: number): Token {
  const first = readPart(filter, start, word)
  if (first === undefined) throw unreadable(filter, start)
  let end = start + first.length
  while (filter[end] === '.') {
    const part = readPart(filter, end + 1, wordAfterDot)
    if (part === undefined) throw unreadable(filter, end)
    end += 1 + part.length
  }
  const text = filter.slice(start, end)
  if (text.length > first.length || first.startsWith('`')) return { kind: 'path', text, start }
  return { kind: first.startsWith('"') ? 'double-quoted' : 'word', text, start }
}

function readPart(filter: string, start: number, bare: RegExp): string | undefined {
  const isQuoted = start < filter.length && `"'\``.includes(filter[start]!)
  return isQuoted ? readQuoted(filter, start) : matchAt(bare, filter, start)
}

/**
 * A text from its opening to its closing quote. As in MLflow a doubled quote and one behind a
 * backslash do not close it, unless nothing else does; both stay in the text as they are.
 */
function readQuoted(filter: string, start: number): string {
  const quote = filter[start]!
  const hasEscapes = quote !== '`'
  let lastWayOut: number | undefined
  for (let i = start + 1; i < filter.length; i++) {
    const isEscape = hasEscapes && filter[i] === '\\' && filter[i + 1] === quote
    const isDoubled = filter[i] === quote && filter[i + 1] === quote
    if (isEscape || isDoubled) {
      lastWayOut = isEscape ? i + 2 : i + 1
      i++
    } else if (filter[i] === quote) {
      return filter.slice(start, i + 1)
    }
  }
  if (lastWayOut !== undefined) return filter.slice(start, lastWayOut)
  throw refusal(filter, start, `the quote ${quote} is never closed`)
}

function matchAt(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position
  return pattern.exec(text)?.[0]
}

function unreadable(filter: string, position: number): Error {
  return refusal(
    filter,
    position,
    `'${String.fromCodePoint(filter.codePointAt(position) ?? 0)}' has no meaning here`,
    {
      hint: 'names with other characters than letters, digits and _ stand in backticks: metrics.`val/loss`',
    },
  )
}
