/** Python source as logical lines of tokens: as much of its grammar as finding assignments takes. */

/** The kinds of token; a keyword is a name. */
export type PythonTokenKind = 'name' | 'number' | 'string' | 'operator'

/** One token. */
export interface PythonToken {
  readonly kind: PythonTokenKind
  readonly text: string
  /** Where it starts. */
  readonly offset: number
}

/** The tokens up to the end of a line that is not inside brackets or continued by a backslash. */
export interface PythonLine {
  /** Columns of blanks before it, a tab going to the next multiple of eight. */
  readonly indent: number
  readonly tokens: readonly PythonToken[]
}

/** Where source stops being Python. */
export class PythonSyntaxError extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

interface Scanner {
  readonly source: string
  offset: number
  /** Brackets that are open, with where they opened. */
  readonly open: PythonToken[]
}

/**
 * Splits source, with `\n` at its line ends, into logical lines; blank ones and comments are left out.
 *
 * @throws {PythonSyntaxError} for an unknown character, an unfinished text or an unmatched bracket
 */
export function splitPythonLines(source: string): PythonLine[] {
  const scanner: Scanner = { source, offset: 0, open: [] }
  const lines: PythonLine[] = []
  while (scanner.offset < source.length) {
    const blanks = take(scanner, /[ \t\f]*/y)
    const tokens = scanTokens(scanner)
    if (tokens.length > 0) lines.push({ indent: measureIndent(blanks), tokens })
  }
  return lines
}

function measureIndent(blanks: string): number {
  let columns = 0
  for (const blank of blanks) {
    columns = blank === '\t' ? (Math.floor(columns / 8) + 1) * 8 : blank === '\f' ? 0 : columns + 1
  }
  return columns
}

function scanTokens(scanner: Scanner): PythonToken[] {
  const tokens: PythonToken[] = []
  while (scanner.offset < scanner.source.length) {
    take(scanner, /(?:[ \t\f]|\\\n)*(?:#[^\n]*)?/y)
    if (take(scanner, /\n/y) !== '') {
      if (scanner.open.length === 0) return tokens
    } else if (scanner.offset < scanner.source.length) {
      tokens.push(scanToken(scanner))
    }
  }
  const [bracket] = scanner.open
  if (bracket !== undefined) {
    throw new PythonSyntaxError(`'${bracket.text}' is never closed`, bracket.offset)
  }
  return tokens
}

function take(scanner: Scanner, pattern: RegExp): string {
  pattern.lastIndex = scanner.offset
  const found = pattern.exec(scanner.source)?.[0] ?? ''
  scanner.offset += found.length
  return found
}

const prefix = '(?:[rR][bBfF]?|[bBfF][rR]?|[uU])?'
// Plain characters are taken in runs: one alternative a character would exhaust the stack on long texts.
const shortText = (quote: string): string =>
  `${quote}[^${quote}\\\\\\n]*(?:\\\\[^][^${quote}\\\\\\n]*)*${quote}`
const longText = (quote: string): string =>
  `${quote.repeat(3)}[^${quote}\\\\]*(?:(?:\\\\[^]|${quote}(?!${quote}{2}))[^${quote}\\\\]*)*${quote.repeat(3)}`
const patterns: readonly (readonly [PythonTokenKind, RegExp])[] = [
  [
    'string',
    new RegExp(
      `${prefix}(?:${longText('"')}|${longText("'")}|${shortText('"')}|${shortText("'")})`,
      'y',
    ),
  ],
  [
    'number',
    /(?:0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][-+]?\d(?:_?\d)*)?[jJ]?)/y,
  ],
  ['name', /[\p{ID_Start}_][\p{ID_Continue}]*/uy],
  ['operator', /\*\*=?|\/\/=?|<<=?|>>=?|->|:=|\.\.\.|[-+*/%&|^@=!<>]=|[-+*/%&|^@=<>~()[\]{},:;.]/y],
]

function scanToken(scanner: Scanner): PythonToken {
  const { source, offset } = scanner
  for (const [kind, pattern] of patterns) {
    const text = take(scanner, pattern)
    if (text === '') continue
    const token = { kind, text, offset }
    if (kind === 'number') checkNumberEnd(scanner)
    if (kind === 'operator') matchBracket(token, scanner)
    return token
  }
  const found = String.fromCodePoint(source.codePointAt(offset) ?? 0)
  const message = /["']/.test(found) ? 'a text does not end' : `'${found}' does not belong here`
  throw new PythonSyntaxError(message, offset)
}

/** A name cannot start where a number ends, but for the keywords that may follow one: `1if x else 2`. */
function checkNumberEnd({ source, offset }: Scanner): void {
  if (!/[\p{ID_Continue}]/u.test(source[offset] ?? '')) return
  if (/^(?:and|else|for|if|in|is|not|or)/.test(source.slice(offset, offset + 4))) return
  throw new PythonSyntaxError('it is not a number', offset)
}

/** Python's own limit. */
const maxOpenBrackets = 200

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

function matchBracket(token: PythonToken, { open }: Scanner): void {
  if (token.text in closing) open.push(token)
  if (open.length > maxOpenBrackets) {
    throw new PythonSyntaxError('there are too many brackets in brackets', token.offset)
  }
  if (!/^[)\]}]$/.test(token.text)) return
  const opened = open.pop()
  if (opened === undefined || closing[opened.text] !== token.text) {
    throw new PythonSyntaxError(`'${token.text}' closes no bracket`, token.offset)
  }
}
