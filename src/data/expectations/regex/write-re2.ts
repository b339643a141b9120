import type {
  AssertionToken,
  Category,
  Char,
  ParsedRegex,
  Range,
  RegexToken,
} from './regex-token.ts'

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
      return writeChar(token.codePoint)
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
  return `[${isNegated ? '^' : ''}${items.map(writeItem).join('')}]`
}

function writeNegation({ isNegated }: { readonly isNegated: boolean }): string {
  return isNegated ? '^' : ''
}

function writeItem(item: Category | Char | Range): string {
  if (item.kind === 'category') return writeCategory(item)
  if (item.kind === 'char') return writeChar(item.codePoint)
  return `${writeChar(item.from)}-${writeChar(item.to)}`
}

function writeCategory({ name, isAscii }: Category): string {
  return (isAscii ? asciiCategories : unicodeCategories)[name]
}

const asciiCategories = { d: '0-9', w: '0-9A-Za-z_', s: '\\t-\\r\\x{20}' } as const

const unicodeCategories = {
  d: '\\p{Nd}',
  w: '\\p{L}\\p{N}_',
  s: String.raw`\t-\r\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`,
} as const

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

function writeChar(codePoint: number): string {
  const char = String.fromCodePoint(codePoint)
  return /^[\p{L}\p{N}_ ]$/u.test(char) ? char : `\\x{${codePoint.toString(16)}}`
}
