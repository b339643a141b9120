/**
 * Scalars in exactly the text ruamel.yaml writes for DVC, so that dvc.lock stays
 * byte-equal whichever tool wrote it: the choice of quotes and the folding at 80 columns.
 */

import { plainKindOf } from './yaml-scalar.ts'
import { formatFloat, type YamlScalar } from './yaml-value.ts'

const width = 80

/** Where a scalar is about to be written. */
export interface ScalarPlace {
  /** Column at which the text starts, counted in code points from 0. */
  readonly column: number
  /** Column at which a folded line goes on. */
  readonly indent: number
  /** False for a key, which breaks only before a word too long for the line. */
  readonly mayFold: boolean
}

/** The text of a scalar; null is the empty text. A place right after `: ` or `- ` is meant. */
export function formatYamlScalar(value: YamlScalar, place: ScalarPlace): string {
  if (value === null) return ''
  if (typeof value === 'number') return formatPlain(formatFloat(value), place)
  if (typeof value !== 'string') return formatPlain(String(value), place)
  const style = chooseStyle(value, place.mayFold)
  if (style === 'plain') return formatPlain(value, place)
  return style === 'single' ? formatSingleQuoted(value, place) : formatDoubleQuoted(value, place)
}

type Style = 'plain' | 'single' | 'double'

function chooseStyle(text: string, isValue: boolean): Style {
  if (text === '') return 'single'
  if (canBePlain(text)) return 'plain'
  if (text.includes("'") || text.includes('\n')) return 'double'
  if (hasUnprintable(text)) return 'double'
  return isValue || !hasLineBreak(text) ? 'single' : 'double'
}

function canBePlain(text: string): boolean {
  if (plainKindOf(text) !== 'text') return false
  if (/^[ \n]|[ \n]$|^---|^\.\.\.|^[#,[\]{}&*!|>'"%@`]/.test(text)) return false
  if (/^[?:-](?:$|[\0 \t\r\n\u0085\u2028\u2029])/.test(text)) return false
  if (/:(?:$|[\0 \t\r\n\u0085\u2028\u2029])|[\0 \t\r\n\u0085\u2028\u2029]#/.test(text)) return false
  return !hasLineBreak(text) && !hasUnprintable(text)
}

function hasLineBreak(text: string): boolean {
  return /[\n\u0085\u2028\u2029]/.test(text)
}

function hasUnprintable(text: string): boolean {
  return /[^\n\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u.test(
    text,
  )
}

/** Writes pieces and knows the column it has reached. */
interface Line {
  text: string
  column: number
}

function append(line: Line, piece: string): void {
  line.text += piece
  line.column += Array.from(piece).length
}

function breakLine(line: Line, indent: number): void {
  line.text += `\n${' '.repeat(indent)}`
  line.column = indent
}

function formatPlain(text: string, { column, indent, mayFold }: ScalarPlace): string {
  const line: Line = { text: '', column }
  for (const piece of text.match(/ +|[^ ]+/g) ?? []) {
    const isSpace = piece.startsWith(' ')
    if (isSpace && piece.length === 1 && mayFold && line.column >= width) {
      breakLine(line, indent)
      continue
    }
    // A break before a word leaves the space already written at the end of the line, as ruamel.yaml does,
    // in keys too, which otherwise stay on one line.
    if (!isSpace && line.column + Array.from(piece).length > width && line.column > indent) {
      breakLine(line, indent)
    }
    append(line, piece)
  }
  return line.text
}

function formatSingleQuoted(text: string, { column, indent, mayFold }: ScalarPlace): string {
  const line: Line = { text: '', column }
  append(line, "'")
  const pieces = text.match(/ +|[^ ]+/g) ?? []
  for (const [i, piece] of pieces.entries()) {
    const isInner = i > 0 && i < pieces.length - 1
    if (piece === ' ' && isInner && mayFold && line.column > width) breakLine(line, indent)
    else append(line, piece)
  }
  return `${line.text}'`
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '0',
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\u001b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
}

function escapeCharacter(character: string): string {
  const short = escapes[character]
  if (short !== undefined) return `\\${short}`
  const hex = character.codePointAt(0)!.toString(16).toUpperCase()
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

function needsEscape(character: string): boolean {
  return character === '"' || character === '\\' || /[\u0085\u2028\u2029]/.test(character)
    ? true
    : character === '\n' || hasUnprintable(character)
}

/**
 * Double quotes fold after the column has passed 80, at a space or right after an
 * escape; a backslash ends the line unless the fold itself stands for the space.
 */
function formatDoubleQuoted(text: string, { column, indent, mayFold }: ScalarPlace): string {
  const characters = Array.from(text)
  const line: Line = { text: '', column }
  append(line, '"')
  let start = 0 // what lies before it has been written
  const flush = (end: number): void => {
    if (start < end) append(line, characters.slice(start, end).join(''))
    start = Math.max(start, end)
  }
  for (const [i, character] of characters.entries()) {
    if (needsEscape(character)) {
      flush(i)
      append(line, escapeCharacter(character))
      start = i + 1
    }
    const isInner = i > 0 && i < characters.length - 1
    if (!mayFold || !isInner || (character !== ' ' && start < i)) continue
    if (line.column + (i - start) <= width) continue
    const isPlainFold = foldsIntoSpace(characters, i, start)
    flush(i)
    if (!isPlainFold) append(line, '\\')
    breakLine(line, indent)
    if (characters[start] !== ' ') continue
    if (isPlainFold) start++
    else append(line, '\\')
  }
  flush(characters.length)
  return `${line.text}"`
}

/** Whether the break may stand for the space at `i`; ruamel.yaml decides by looking ahead to the next space. */
function foldsIntoSpace(characters: readonly string[], i: number, start: number): boolean {
  const space = characters.indexOf(' ', i)
  if (space === -1) return false
  const newline = characters.slice(i, space).indexOf('\n')
  if (newline !== -1) return false
  const next = characters[space + 1]
  if (next === undefined || next === ' ' || next === '\n') return false
  if (/["']/.test(characters.slice(i, space).join(''))) return false
  return !(characters[i - 1] === ' ' && characters[i] === ' ') && start !== i
}
