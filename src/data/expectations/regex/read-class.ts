import { readSharedEscape } from './read-escape.ts'
import type { RegexReader } from './regex-reader.ts'
import type { Category, Char, Range, RegexToken } from './regex-token.ts'

/** A bracketed class; a `]` in first place is itself. */
export function readClass(reader: RegexReader): RegexToken {
  const isNegated = reader.take('^')
  const items: (Category | Char | Range)[] = []
  for (let isFirst = true; isFirst || !reader.take(']'); isFirst = false) {
    if (reader.isAtEnd) throw reader.problem('has an unterminated character set')
    items.push(readItem(reader))
  }
  return { kind: 'class', isNegated, items }
}

function readItem(reader: RegexReader): Category | Char | Range {
  const from = readOne(reader)
  if (reader.takeMatch(/^-(?!\]|$)/) === undefined) return from
  const to = readOne(reader)
  if (from.kind !== 'char' || to.kind !== 'char' || from.codePoint > to.codePoint) {
    throw reader.problem('has a bad character range')
  }
  return { kind: 'range', from: from.codePoint, to: to.codePoint }
}

function readOne(reader: RegexReader): Category | Char {
  if (reader.take('\\b')) return { kind: 'char', codePoint: 8 }
  if (reader.take('\\')) return readSharedEscape(reader)
  return { kind: 'char', codePoint: reader.next().codePointAt(0) ?? 0 }
}
