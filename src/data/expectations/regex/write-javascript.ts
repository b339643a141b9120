import type { AssertionToken, Category, ParsedRegex, RegexToken } from './regex-token.ts'
import { listCategory, writeChar, writeItem } from './write-class.ts'

/** The pattern for JavaScript, which knows all of it; needs the flag `v`. */
export function writeJavaScript({ tokens, ignoresCase }: ParsedRegex): RegExp {
  const parts: string[] = []
  /** What closes each open group, and where it began in `parts`. */
  const groups: { readonly close: string; readonly start: number }[] = []
  let atomics = 0
  let lastStart = 0
  for (const token of tokens) {
    if (token.kind === 'open') {
      const isAtomic = token.group === 'atomic'
      if (isAtomic) atomics += 1
      const [opening, close] = isAtomic
        ? [openAtomic(atomics), closeAtomic(atomics)]
        : writeGroup(token.group, token.number)
      groups.push({ close, start: parts.length })
      parts.push(opening)
    } else if (token.kind === 'close') {
      const { close, start } = groups.pop()!
      parts.push(close)
      lastStart = start
    } else if (token.kind === 'repeat') {
      parts.push(writeRepeat(token))
      if (token.manner === 'possessive') {
        atomics += 1
        parts[lastStart] = `${openAtomic(atomics)}${parts[lastStart]}`
        parts.push(closeAtomic(atomics))
      }
    } else {
      lastStart = parts.length
      parts.push(writeToken(token))
    }
  }
  return new RegExp(`${outsidePair}(?:${parts.join('')})`, ignoresCase ? 'iv' : 'v')
}

/** V8 also tries empty matches between the two halves of a character beyond U+FFFF, where no character begins. */
const outsidePair = '(?=[^]|$)'

/** JavaScript has no atomic groups, but a look-ahead never looks again: (?=(x))\1. */
function openAtomic(number: number): string {
  return `(?:(?=(?<a${number}>`
}

function closeAtomic(number: number): string {
  return `))\\k<a${number}>)`
}

function writeGroup(group: string, number: number): readonly [string, string] {
  if (group === 'capture') return [`(?<g${number}>`, ')']
  const looking = lookings[group]
  // In a group of its own it can be repeated, as in Python.
  return looking === undefined ? [openings[group]!, ')'] : [`(?:${looking}`, '))']
}

const openings: Readonly<Record<string, string>> = {
  plain: '(?:',
  'ignore-case': '(?i:',
  'heed-case': '(?-i:',
}

const lookings: Readonly<Record<string, string>> = {
  ahead: '(?=',
  'not-ahead': '(?!',
  behind: '(?<=',
  'not-behind': '(?<!',
}

type PlainToken = Exclude<RegexToken, { kind: 'open' } | { kind: 'close' } | { kind: 'repeat' }>

function writeToken(token: PlainToken): string {
  switch (token.kind) {
    case 'char':
      return writeChar(token.codePoint, 'u')
    case 'category':
      return writeCategory(token)
    case 'class':
      return `[${token.isNegated ? '^' : ''}${token.items.map((item) => writeItem(item, 'u', writeCategory)).join('')}]`
    case 'any':
      return token.hasNewline ? '[^]' : '[^\\n]'
    case 'assertion':
      return writeAssertion(token)
    case 'or':
      return '|'
    case 'reference':
      // A group that took no part matches '' here; in Python it matches nothing.
      return `(?:\\k<g${token.number}>)`
  }
}

function writeAssertion(token: AssertionToken): string {
  switch (token.name) {
    case 'start':
      return token.isMultiline ? '(?:^|(?<=\\n))' : '^'
    case 'end':
      return token.isMultiline ? '(?:$|(?=\\n))' : '(?=\\n?$)'
    case 'very-start':
      return '^'
    case 'very-end':
      return '$'
    case 'boundary':
      return writeBoundary(token)
  }
}

function writeBoundary({
  isNegated,
  isAscii,
}: {
  readonly isNegated: boolean
  readonly isAscii: boolean
}): string {
  const word = writeCategory({ kind: 'category', name: 'w', isNegated: false, isAscii })
  return isNegated
    ? `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`
    : `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`
}

function writeRepeat({ from, to, manner }: Extract<RegexToken, { kind: 'repeat' }>): string {
  return `{${from},${Number.isFinite(to) ? to : ''}}${manner === 'lazy' ? '?' : ''}`
}

function writeCategory(category: Category): string {
  return `[${category.isNegated ? '^' : ''}${listCategory(category, 'u')}]`
}
