import type { AssertionToken, Category, ParsedRegex, RegexToken } from './regex-token.ts'
import { listCategory, writeChar, writeItem } from './write-class.ts'

/**
 * The pattern for RE2, the engine inside DuckDB; `undefined` when RE2 cannot
 * do what it asks for: look-around, back-references, atomic groups, word
 * boundaries of Unicode, negated classes inside of classes, long repeats.
 */
export function writeRe2({ tokens, ignoresCase }: ParsedRegex): string | undefined {
  const parts = tokens.map((token, i) =>
    isAnchorInside(tokens, i) ? undefined : writeToken(token),
  )
  if (parts.includes(undefined)) return undefined
  return `${ignoresCase ? '(?i)' : ''}${parts.join('')}`
}

/**
 * Anchors that do not stand at an end, as in `a^`: DuckDB's optimizer takes
 * them for LIKE patterns and overlooks the anchor; `$` would eat its newline.
 */
function isAnchorInside(tokens: readonly RegexToken[], i: number): boolean {
  const token = tokens[i]!
  if (token.kind !== 'assertion' || token.name === 'boundary') return false
  return token.name === 'start' || token.name === 'very-start'
    ? !isEdge(tokens[i - 1], 'open')
    : !isEdge(tokens[i + 1], 'close')
}

function isEdge(neighbour: RegexToken | undefined, edge: 'open' | 'close'): boolean {
  return neighbour === undefined || neighbour.kind === edge || neighbour.kind === 'or'
}

function writeToken(token: RegexToken): string | undefined {
  switch (token.kind) {
    case 'char':
      return writeChar(token.codePoint, 'x')
    case 'category':
      return `[${writeNegation(token)}${writeCategory(token)}]`
    case 'class':
      return writeClass(token)
    case 'any':
      return token.hasNewline ? '(?s:.)' : '[^\\n]'
    case 'open':
      return openings[token.group]
    case 'close':
      return ')'
    case 'or':
      return '|'
    case 'repeat':
      return writeRepeat(token)
    case 'reference':
      return undefined
    case 'assertion':
      return writeAssertion(token)
  }
}

function writeAssertion(token: AssertionToken): string | undefined {
  switch (token.name) {
    case 'start':
      return token.isMultiline ? '(?m:^)' : '\\A'
    case 'end':
      return token.isMultiline ? '(?m:$)' : '(?:\\n?\\z)'
    case 'very-start':
      return '\\A'
    case 'very-end':
      return '\\z'
    case 'boundary':
      return token.isAscii ? (token.isNegated ? '\\B' : '\\b') : undefined
  }
}

const openings: Readonly<Record<string, string>> = {
  capture: '(?:',
  plain: '(?:',
  'ignore-case': '(?i:',
  'heed-case': '(?-i:',
}

function writeClass({
  isNegated,
  items,
}: Extract<RegexToken, { kind: 'class' }>): string | undefined {
  const hasNegated = items.some((item) => item.kind === 'category' && item.isNegated)
  if (hasNegated) return undefined
  return `[${writeNegation({ isNegated })}${items.map((item) => writeItem(item, 'x', writeCategory)).join('')}]`
}

/** RE2 refuses more copies than this. */
const repeatLimit = 1000

function writeRepeat({
  from,
  to,
  manner,
}: Extract<RegexToken, { kind: 'repeat' }>): string | undefined {
  if (manner === 'possessive') return undefined
  if (from > repeatLimit || (Number.isFinite(to) && to > repeatLimit)) return undefined
  const lazy = manner === 'lazy' ? '?' : ''
  return `{${from},${Number.isFinite(to) ? to : ''}}${lazy}`
}

function writeNegation({ isNegated }: { readonly isNegated: boolean }): string {
  return isNegated ? '^' : ''
}

function writeCategory(category: Category): string {
  return listCategory(category, 'x')
}
