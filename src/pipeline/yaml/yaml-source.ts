/** Where the parts of a YAML text stand, to the character, for edits that leave the rest alone. */

import {
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type CST,
  type Document,
  type Node,
  type Pair,
} from 'yaml'
import { ToolkitError } from '../../core/errors.ts'
import { createProblems, type Place } from './problems.ts'
import { describeSyntaxErrors } from './syntax-errors.ts'

/** A parsed text. Scalars are texts here: what they mean does not matter to an edit. */
export interface YamlSource {
  readonly text: string
  /** As a message shows it. */
  readonly file: string
  readonly document: Document
}

/** Keys of maps and indices of lists, from the top of the document. */
export type YamlPath = readonly (string | number)[]

/** A list or map as it is written. */
export interface Container {
  readonly kind: 'list' | 'map'
  /** Whether it is written in brackets or braces. */
  readonly isFlow: boolean
  /** Offset of its bracket, or of its first entry. */
  readonly start: number
  readonly entries: readonly Entry[]
}

/** One item of a list, or one key of a map with its value. */
export interface Entry {
  /** `undefined` in a list. */
  readonly key: Span | undefined
  /** Offset of the dash, of the key or of what is said of them (`?`, an anchor). */
  readonly start: number
  /** Offset after the dash or the colon; `undefined` where there is none. */
  readonly indicatorEnd: number | undefined
  /** Offset of the value or of its anchor or tag; without a value, where it would stand. */
  readonly valueStart: number
  /** Offset after the last character that is not a comment, blank or newline. */
  readonly end: number
  /** `null` when nothing is written. */
  readonly value: Node | null
}

/** Offsets of a piece of text; `to` is not part of it. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** @throws {ToolkitError} `PIPELINE_INVALID` with every problem and its line */
export function parseYamlSource(text: string, file: string): YamlSource {
  const document = parseDocument(text, {
    schema: 'failsafe',
    keepSourceTokens: true,
    prettyErrors: false,
  })
  const problems = createProblems()
  for (const { offset, message, hint } of describeSyntaxErrors(text, document.errors)) {
    problems.add(placeAt(text, file, offset), message, hint)
  }
  problems.check()
  return { text, file, document }
}

/** The place of an offset. */
export function placeAt(text: string, file: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n')
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** The node at a path: `null` where nothing is written, `undefined` when the path leads nowhere. */
export function nodeAt({ document }: YamlSource, path: YamlPath): Node | null | undefined {
  let node: Node | null | undefined = document.contents
  for (const step of path) {
    const position = positionOf(node, step)
    if (position === undefined) return undefined
    node = childrenOf(node)[position]
  }
  return node !== null && node !== undefined && isEmptyScalar(node) ? null : node
}

/** The position of a key or index among the entries of a list or map. */
export function positionOf(
  node: Node | null | undefined,
  step: string | number,
): number | undefined {
  if (isSeq<Node>(node)) {
    return typeof step === 'number' && step < node.items.length ? step : undefined
  }
  if (!isMap<Node, Node | null>(node)) return undefined
  const position = node.items.findIndex(({ key }) => isScalar(key) && key.value === String(step))
  return position === -1 ? undefined : position
}

function childrenOf(node: Node | null | undefined): readonly (Node | null)[] {
  if (isSeq<Node>(node)) return node.items
  return isMap<Node, Node | null>(node) ? node.items.map(({ value }) => value) : []
}

/** A place holder for nothing, which neither text nor an anchor stands for. */
function isEmptyScalar(node: Node): boolean {
  const isEmpty = node.range?.[0] === node.range?.[1]
  return isScalar(node) && isEmpty && node.tag === undefined && node.anchor === undefined
}

/** How a list or map is written; `undefined` for any other node. */
export function readContainer(node: Node | null | undefined): Container | undefined {
  if (!isSeq<Node>(node) && !isMap<Node, Node | null>(node)) return undefined
  const token = node.srcToken
  if (token === undefined || !('items' in token)) return undefined
  const entries = node.items.map((item, i) => readEntry(item, token.items[i]!))
  return {
    kind: isSeq(node) ? 'list' : 'map',
    isFlow: token.type === 'flow-collection',
    start: token.type === 'flow-collection' ? token.offset : (entries[0]?.start ?? token.offset),
    entries,
  }
}

function readEntry(item: Node | Pair<Node, Node | null>, token: CST.CollectionItem): Entry {
  if (!('key' in item)) return readValue(item, undefined, token.start, token)
  return readValue(item.value, spanOf(item.key), token.sep ?? [], token)
}

/** @param marks - what stands before the value: dash or colon, comments, anchor and tag */
function readValue(
  value: Node | null,
  key: Span | undefined,
  marks: readonly CST.SourceToken[],
  token: CST.CollectionItem,
): Entry {
  const indicatorEnd = endOf(marks.find(isIndicator))
  const bare = indicatorEnd ?? key?.to ?? token.start.at(-1)?.offset ?? 0
  const written = writtenSpan(value, marks)
  const { from: valueStart, to: end } = written ?? { from: bare, to: bare }
  const start = token.start.find(isMark)?.offset ?? key?.from ?? valueStart
  return { key, start, indicatorEnd, valueStart, end, value: written === undefined ? null : value }
}

function isIndicator({ type }: CST.SourceToken): boolean {
  return type === 'map-value-ind' || type === 'seq-item-ind'
}

/** A value with its anchor and tag; `undefined` when no character stands for it. */
function writtenSpan(value: Node | null, marks: readonly CST.SourceToken[]): Span | undefined {
  const properties = marks.filter(({ type }) => type === 'anchor' || type === 'tag')
  const content = value === null ? undefined : contentOf(value)
  const from = properties[0]?.offset ?? content?.from
  const to = content?.to ?? endOf(properties.at(-1))
  return from === undefined || to === undefined ? undefined : { from, to }
}

function endOf(token: CST.SourceToken | undefined): number | undefined {
  return token && token.offset + token.source.length
}

/** `undefined` when no character stands for the node. */
function contentOf(node: Node): Span | undefined {
  const { from } = spanOf(node)
  const to = contentEnd(node)
  return to > from ? { from, to } : undefined
}

function isMark({ type }: CST.SourceToken): boolean {
  return !['space', 'comment', 'newline', 'comma'].includes(type)
}

function spanOf(node: Node): Span {
  return { from: node.range?.[0] ?? 0, to: node.range?.[1] ?? 0 }
}

/** The end of a block list or map is that of its last entry; its own range goes on to the next thing. */
function contentEnd(node: Node): number {
  const container = readContainer(node)
  if (container !== undefined && !container.isFlow) return container.entries.at(-1)?.end ?? 0
  const end = node.range?.[1] ?? 0
  const token = node.srcToken
  const endsWithNewline = token?.type === 'block-scalar' && token.source.endsWith('\n')
  return endsWithNewline ? end - 1 : end
}

/** The error for what cannot be edited without changing something else. */
export function uneditableError(source: YamlSource, path: YamlPath, reason: string): ToolkitError {
  const { line, column } = placeAt(source.text, source.file, offsetOf(source, path))
  const name = path.join('.')
  return new ToolkitError(
    'PIPELINE_INVALID',
    `${source.file}:${line}:${column}: '${name}' cannot be changed: ${reason}`,
    { hint: 'change it by hand', details: { path: name } },
  )
}

/** Where the deepest part of a path that exists begins. */
function offsetOf(source: YamlSource, path: YamlPath): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = nodeAt(source, path.slice(0, depth - 1))
    const position = positionOf(parent, path[depth - 1]!)
    const entry = position === undefined ? undefined : readContainer(parent)?.entries[position]
    if (entry !== undefined) return entry.start
  }
  return 0
}
