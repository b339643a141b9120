/**
 * Single changes to a YAML text: each cuts at the offsets of one entry and leaves every other
 * character as it is. What is new is written as DVC writes it.
 */

import { formatFlowEntry, formatFlowScalar, formatYamlFlow } from './format-yaml-flow.ts'
import { formatYamlScalar } from './format-yaml-scalar.ts'
import { formatYaml } from './format-yaml.ts'
import type { Container, Entry } from './yaml-source.ts'
import { isUnusable } from './unusable-value.ts'
import { isYamlList, isYamlMap, type YamlScalar, type YamlValue } from './yaml-value.ts'

/** Puts another value after a key or a dash. A comment at the end of the line stays. */
export function replaceValue(
  text: string,
  { isFlow }: Container,
  entry: Entry,
  value: YamlValue,
): string {
  if (isFlow) return replaceFlowValue(text, entry, value)
  const isBlock = isNonEmptyCollection(value)
  const from = entry.indicatorEnd ?? entry.end
  const column = columnOf(text, entry.start)
  const isOneLine = !text.slice(from, entry.end).includes('\n')
  if (isOneLine && !isBlock && entry.value !== null) {
    const place = { column: columnOf(text, entry.valueStart), indent: column + 2, mayFold: true }
    const start = value === null ? from : entry.valueStart
    return splice(text, start, entry.end, formatInline(value, place))
  }
  const until = lineEnd(text, entry.end)
  const comment = headComment(text, from, entry) + tailComment(text, entry, until)
  if (!isBlock) {
    const place = { column: columnOf(text, from) + 1, indent: column + 2, mayFold: true }
    const written = formatInline(value, place)
    return splice(text, from, until, (written === '' ? '' : ` ${written}`) + comment)
  }
  return splice(text, from, until, formatBlockAfter(entry, value, column, comment))
}

function replaceFlowValue(text: string, entry: Entry, value: YamlValue): string {
  const written = formatYamlFlow(value)
  if (entry.value !== null) return splice(text, entry.valueStart, entry.end, written)
  const separator = entry.indicatorEnd === undefined ? ': ' : ' '
  return splice(text, entry.valueStart, entry.valueStart, separator + written)
}

function isNonEmptyCollection(value: YamlValue): boolean {
  return (isYamlMap(value) && value.size > 0) || (isYamlList(value) && value.length > 0)
}

interface ScalarPlace {
  readonly column: number
  readonly indent: number
  readonly mayFold: boolean
}

function formatInline(value: YamlValue, place: ScalarPlace): string {
  if (isYamlMap(value)) return '{}'
  return isYamlList(value) ? '[]' : formatYamlScalar(value, place)
}

/** What stands between a key and a value that begins on a later line. */
function headComment(text: string, from: number, { valueStart, value }: Entry): string {
  const between = value === null ? '' : text.slice(from, valueStart)
  const newline = between.indexOf('\n')
  return newline === -1 ? '' : between.slice(0, newline).trimEnd()
}

/** The comment after a value; one after the last entry of a block goes with the block. */
function tailComment(
  text: string,
  { end, valueStart, indicatorEnd }: Entry,
  until: number,
): string {
  const isOwn = text.slice(indicatorEnd ?? valueStart, valueStart).includes('\n')
  return isOwn ? '' : text.slice(end, until).trimEnd()
}

function formatBlockAfter(entry: Entry, value: YamlValue, column: number, comment: string): string {
  if (entry.key !== undefined) {
    const lines = formatEntryAt('k', value, column).split('\n').slice(1, -1)
    return [comment, ...lines].join('\n')
  }
  const item = formatItemAt(value, column).slice(1, -1)
  return comment === '' ? item : `${comment}\n${' '.repeat(column + 2)}${item.trimStart()}`
}

/** `key: value` with a final newline; its first line is not indented. */
function formatEntryAt(key: YamlScalar, value: YamlValue, indent: number): string {
  return formatYaml(new Map([[key, unshare(value)]]), indent)
}

/** `- item` with a final newline; its first line is not indented. */
function formatItemAt(item: YamlValue, indent: number): string {
  const list = formatEntryAt('k', [item], indent)
  return list.slice(list.indexOf('\n') + 1).trimStart()
}

/** Copies a value, so that nothing in it is written as an anchor: its name might be taken. */
function unshare(value: YamlValue): YamlValue {
  if (isYamlMap(value)) {
    return new Map(Array.from(value, ([key, item]) => [key, unshare(item)] as const))
  }
  return isYamlList(value) && !isUnusable(value) ? value.map(unshare) : value
}

/** Adds a key at the end of a map that has entries. */
export function appendKey(
  text: string,
  container: Container,
  key: YamlScalar,
  value: YamlValue,
): string {
  const last = container.entries.at(-1)!
  if (container.isFlow) return splice(text, last.end, last.end, `, ${formatFlowEntry(key, value)}`)
  const indent = columnOf(text, container.start)
  return insertLines(text, last.end, ' '.repeat(indent) + formatEntryAt(key, value, indent))
}

/** Puts an item into a list that has items. */
export function insertItem(
  text: string,
  { isFlow, start, entries }: Container,
  index: number,
  item: YamlValue,
): string {
  const previous = entries[index - 1]
  if (isFlow) {
    const written = formatYamlFlow(item)
    if (previous !== undefined) return splice(text, previous.end, previous.end, `, ${written}`)
    return splice(text, entries[0]!.start, entries[0]!.start, `${written}, `)
  }
  const indent = columnOf(text, start)
  const line = formatItemAt(item, indent)
  if (previous !== undefined) return insertLines(text, previous.end, ' '.repeat(indent) + line)
  return splice(text, start, start, line + ' '.repeat(indent))
}

/** Adds whole lines below the line of an offset. */
function insertLines(text: string, offset: number, lines: string): string {
  const next = nextLine(text, offset)
  return splice(text, next, next, text[next - 1] === '\n' ? lines : `\n${lines}`)
}

/** Takes an entry away, with the comment on its line and what is indented below it. Others must be left. */
export function removeEntry(text: string, container: Container, index: number): string {
  const { entries, isFlow } = container
  const entry = entries[index]!
  const next = entries[index + 1]
  if (isFlow) {
    const previous = entries[index - 1]
    if (next !== undefined) return splice(text, entry.start, next.start, '')
    return splice(text, previous?.end ?? entry.start, entry.end, '')
  }
  const column = columnOf(text, entry.start)
  const lineStart = entry.start - column
  const end = skipDeeperComments(text, nextLine(text, entry.end), column)
  if (text.slice(lineStart, entry.start).trim() === '') return splice(text, lineStart, end, '')
  // It stands behind a dash, where the next entry, or the comment before it, takes its place.
  return splice(text, entry.start, end + indentAt(text, end), '')
}

/** Comments that are indented more than an entry belong to it, up to the first blank line. */
function skipDeeperComments(text: string, offset: number, column: number): number {
  let end = offset
  while (text[end + indentAt(text, end)] === '#' && indentAt(text, end) > column) {
    end = nextLine(text, end)
  }
  return end
}

function indentAt(text: string, offset: number): number {
  let end = offset
  while (text[end] === ' ') end++
  return end - offset
}

/** Gives a key another name. */
export function renameKey(
  text: string,
  { isFlow }: Container,
  entry: Entry,
  key: YamlScalar,
): string {
  if (entry.key === undefined) return text
  const { from, to } = entry.key
  const column = columnOf(text, from)
  const name = isFlow
    ? formatFlowScalar(key)
    : formatYamlScalar(key, { column, indent: column + 2, mayFold: false })
  return splice(text, from, to, name)
}

/** Where the line of an offset ends, before its newline. */
function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  if (newline === -1) return text.length
  return text[newline - 1] === '\r' && newline > offset ? newline - 1 : newline
}

function nextLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  return newline === -1 ? text.length : newline + 1
}

/** In code points, as columns are counted when a line is folded. */
function columnOf(text: string, offset: number): number {
  return Array.from(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset)).length
}

/** Replaces a piece of a text; what is put in has the line ends of the text. */
export function splice(text: string, from: number, to: number, piece: string): string {
  const lines = text.includes('\r\n') ? piece.replaceAll('\n', '\r\n') : piece
  return text.slice(0, from) + lines + text.slice(to)
}
