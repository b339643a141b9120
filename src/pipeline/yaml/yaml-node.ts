/** A YAML document as a tree in which every node knows its place, for messages that point. */

import type { Document, Node, Pair } from 'yaml'
import { findForbiddenCharacters } from './forbidden-characters.ts'
import { describeSyntaxErrors } from './syntax-errors.ts'
import type { Place, Problems } from './problems.ts'
import { loadYaml } from './yaml-package-file.ts'
import { parsePlainScalar, plainKindOf } from './yaml-scalar.ts'
import { createUnusableValue, type Unusable } from './unusable-value.ts'
import { describeYamlKind, keyIdentity, type YamlScalar, type YamlValue } from './yaml-value.ts'

/** A text, number, boolean or null. */
export interface ScalarNode {
  readonly kind: 'scalar'
  readonly place: Place
  /** Null when it is unusable. */
  readonly value: YamlScalar
  /** What it is when it is no value that DVC can use. */
  readonly unusable?: Unusable
}

/** A sequence of nodes. */
export interface ListNode {
  readonly kind: 'list'
  readonly place: Place
  readonly items: readonly YamlNode[]
}

/** Keys with their nodes, in the order of the file. */
export interface MapNode {
  readonly kind: 'map'
  readonly place: Place
  readonly entries: readonly MapEntry[]
}

/** One key of a map. */
export interface MapEntry {
  readonly key: ScalarNode
  readonly value: YamlNode
}

/** Any node, by `kind`. */
export type YamlNode = ScalarNode | ListNode | MapNode

/** How a document is read. */
export interface YamlReading {
  /** Whether a date is kept as an unusable node; otherwise it is a problem. */
  readonly keepsUnusable?: boolean
}

/** What parses a document: `parseYamlNode`, or something that remembers what it gave. */
export type YamlParser = typeof parseYamlNode

/** Parses one document; `undefined` when it is empty. What cannot be read is added to `problems`. */
export function parseYamlNode(
  text: string,
  file: string,
  problems: Problems,
  { keepsUnusable = false }: YamlReading = {},
): YamlNode | undefined {
  const lines = new (loadYaml().LineCounter)()
  // With the failsafe schema every scalar arrives as text, so that the rules of yaml-scalar.ts apply.
  const document = loadYaml().parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  for (const { offset, message, hint } of describeSyntaxErrors(text, document.errors)) {
    problems.add(placeAt(offset), message, hint)
  }
  checkDirective(document, placeAt(0), problems)
  for (const { offset, message } of findForbiddenCharacters(text)) {
    problems.add(placeAt(offset), message)
  }
  if (document.errors.length > 0 || document.contents === null) return undefined
  return convertNode(document.contents, {
    document,
    placeAt,
    problems,
    keepsUnusable,
    nodes: new Map(),
    open: new Set(),
    sizes: new Map(),
  })
}

function checkDirective({ directives }: Document, place: Place, problems: Problems): void {
  if (directives?.yaml.explicit !== true || directives.yaml.version === '1.2') return
  const { version } = directives.yaml
  problems.add(place, `it is YAML ${version}, whose values differ`, "remove the line '%YAML'")
}

interface Conversion {
  readonly document: Document
  readonly placeAt: (offset: number) => Place
  readonly problems: Problems
  readonly keepsUnusable: boolean
  /** An alias gives the very node of its anchor, because DVC writes shared nodes as anchors again. */
  readonly nodes: Map<Node, YamlNode>
  /** Nodes that are being converted; an alias to one of them would never end. */
  readonly open: Set<Node>
  /** How many nodes each one stands for when its aliases are written out. */
  readonly sizes: Map<YamlNode, number>
}

function convertNode(node: Node, conversion: Conversion): YamlNode {
  const source = loadYaml().isAlias(node) ? node.resolve(conversion.document) : node
  const place = conversion.placeAt(node.range?.[0] ?? 0)
  const nothing: ScalarNode = { kind: 'scalar', place, value: null }
  if (source === undefined) {
    conversion.problems.add(
      place,
      `there is no anchor for '*${loadYaml().isAlias(node) ? node.source : ''}'`,
    )
    return nothing
  }
  const known = conversion.nodes.get(source)
  if (known !== undefined) return known
  if (conversion.open.has(source)) {
    conversion.problems.add(place, 'an alias stands in its own anchor')
    return nothing
  }
  conversion.open.add(source)
  const converted = convertNewNode(source, place, conversion)
  conversion.open.delete(source)
  conversion.nodes.set(source, converted)
  measure(converted, conversion)
  return converted
}

/** A few lines of aliases of aliases can stand for more values than there is memory. */
const maxExpandedSize = 1_000_000

function measure(node: YamlNode, { sizes, problems }: Conversion): void {
  const children =
    node.kind === 'list'
      ? node.items
      : node.kind === 'map'
        ? node.entries.map(({ value }) => value)
        : []
  const size = children.reduce((sum, child) => sum + (sizes.get(child) ?? 1), 1)
  sizes.set(node, size)
  if (size > maxExpandedSize && !children.some((child) => sizes.get(child)! > maxExpandedSize)) {
    problems.add(node.place, `its aliases stand for more than ${maxExpandedSize} values`)
  }
}

function convertNewNode(node: Node, place: Place, conversion: Conversion): YamlNode {
  if (!loadYaml().isScalar(node) && !isPlainCollection(node))
    return convertTagged(node, place, conversion)
  if (loadYaml().isSeq<Node>(node)) {
    return { kind: 'list', place, items: node.items.map((item) => convertNode(item, conversion)) }
  }
  if (!loadYaml().isMap<Node, Node | null>(node)) return convertScalar(node, place, conversion)
  const entries: MapEntry[] = []
  const merged: YamlNode[] = []
  for (const pair of node.items) {
    if (isMergeKey(pair.key)) merged.push(convertValue(pair, place, conversion))
    else entries.push(...convertPair(pair, conversion))
  }
  if (merged.length > 0) {
    return {
      kind: 'map',
      place,
      entries: mergeEntries(entries, merged, place, conversion.problems),
    }
  }
  return { kind: 'map', place, entries: checkUnique(entries, conversion.problems) }
}

function isMergeKey(key: Node): boolean {
  return (
    loadYaml().isScalar(key) && key.type === 'PLAIN' && key.value === '<<' && key.tag === undefined
  )
}

function convertPair(pair: Pair<Node, Node | null>, conversion: Conversion): MapEntry[] {
  const key = isPlainEquals(pair.key)
    ? { kind: 'scalar' as const, place: conversion.placeAt(pair.key.range?.[0] ?? 0), value: '=' }
    : convertNode(pair.key, { ...conversion, keepsUnusable: false })
  if (key.kind === 'scalar') return [{ key, value: convertValue(pair, key.place, conversion) }]
  conversion.problems.add(key.place, `${describeYamlNode(key)} cannot be a key`)
  return []
}

/** As a value `=` is not usable, as a key it is text. */
function isPlainEquals(key: Node): boolean {
  return loadYaml().isScalar(key) && key.type === 'PLAIN' && key.value === '='
}

function convertValue(
  { value }: Pair<Node, Node | null>,
  place: Place,
  conversion: Conversion,
): YamlNode {
  return value === null ? { kind: 'scalar', place, value: null } : convertNode(value, conversion)
}

/**
 * The entries of a map that has the merge key `<<` of YAML 1.1 in it, which DVC still reads: first those
 * that are merged in, then its own, which win. Of a list of maps the first wins. A key may then stand
 * there twice, and the later one wins: only maps without a merge are looked at for that, as in DVC.
 */
function mergeEntries(
  own: readonly MapEntry[],
  sources: readonly YamlNode[],
  place: Place,
  problems: Problems,
): readonly MapEntry[] {
  let merged: readonly MapEntry[] = []
  for (const source of sources) {
    if (merged.length > 0) {
      problems.add(place, `there is more than one '<<' in a map`, 'write a list of anchors')
    }
    const maps = source.kind === 'list' ? source.items.toReversed() : [source]
    merged = maps.flatMap((node) => {
      if (node.kind === 'map') return node.entries
      problems.add(node.place, `'<<' can merge maps only`, 'name an anchor of a map')
      return []
    })
  }
  if (merged.length === 0) checkUnique(own, problems)
  const entries = new Map<unknown, MapEntry>()
  for (const { key, value } of [...merged, ...own]) {
    const identity = keyIdentity(key.value)
    entries.set(identity, { key: entries.get(identity)?.key ?? key, value })
  }
  return [...entries.values()]
}

/** @returns the entries without those that are a problem, which then is not one of what they stand for too */
function checkUnique(entries: readonly MapEntry[], problems: Problems): readonly MapEntry[] {
  const seen = new Set<unknown>()
  return entries.filter(({ key }) => {
    const identity = keyIdentity(key.value)
    if (seen.has(identity)) {
      problems.add(key.place, `the key '${String(key.value)}' stands there twice`, 'remove one')
      return false
    }
    seen.add(identity)
    return true
  })
}

function isPlainCollection({ tag }: Node): boolean {
  return tag === undefined || /^(?:tag:yaml\.org,2002:|!!)?(?:map|seq)$/.test(tag)
}

function convertScalar(node: Node, place: Place, conversion: Conversion): ScalarNode {
  if (node.tag !== undefined) return convertTagged(node, place, conversion)
  const text = textOf(node)
  if (loadYaml().isScalar(node) && node.type !== 'PLAIN')
    return { kind: 'scalar', place, value: text }
  const value = parsePlainScalar(text)
  if (value !== undefined) return { kind: 'scalar', place, value }
  if (plainKindOf(text) === 'date') return createUnusable('a date', text, place, conversion)
  const hint = `put it in quotes to make it text: '${text}'`
  conversion.problems.add(place, `'${text}' is not a value DVC can use`, hint)
  return { kind: 'scalar', place, value: null }
}

function textOf(node: Node): string {
  return loadYaml().isScalar(node) && typeof node.value === 'string' ? node.value : ''
}

function createUnusable(
  kind: string,
  text: string,
  place: Place,
  { keepsUnusable, problems }: Conversion,
): ScalarNode {
  if (keepsUnusable) return { kind: 'scalar', place, value: null, unusable: { kind, text, place } }
  const hint = `put it in quotes to make it text: '${text}'`
  problems.add(place, `'${text}' is ${kind}`, hint)
  return { kind: 'scalar', place, value: null }
}

function convertTagged(node: Node, place: Place, conversion: Conversion): ScalarNode {
  const text = textOf(node)
  const name = (node.tag ?? '').replace('tag:yaml.org,2002:', '!!')
  const unusable = unusableTags[name]
  if (unusable !== undefined) return createUnusable(unusable, text || name, place, conversion)
  const value = loadYaml().isScalar(node) ? convertValueOfTag(name, text) : undefined
  if (value !== undefined) return { kind: 'scalar', place, value }
  const message = `the tag '${name}' on '${text}' is not supported`
  conversion.problems.add(place, message, 'write a plain value')
  return { kind: 'scalar', place, value: null }
}

const unusableTags: Readonly<Record<string, string>> = {
  '!!timestamp': 'a date',
  '!!binary': 'a text of bytes',
  '!!set': 'a set',
  '!!omap': 'an ordered map',
  '!!pairs': 'a list of pairs',
}

function convertValueOfTag(name: string, text: string): YamlScalar | undefined {
  if (name === '!!str') return text
  if (name === '!!null') return null
  const value = parsePlainScalar(text)
  if (name === '!!float' && typeof value === 'bigint') return Number(value)
  return value !== undefined && taggedTypes[name] === typeof value ? value : undefined
}

const taggedTypes: Readonly<Record<string, string>> = {
  '!!bool': 'boolean',
  '!!float': 'number',
  '!!int': 'bigint',
}

/** The plain value of a node; a node that is shared gives one shared value. */
export function toYamlValue(node: YamlNode, known = new Map<YamlNode, YamlValue>()): YamlValue {
  if (node.kind === 'scalar') {
    return node.unusable === undefined ? node.value : createUnusableValue(node.unusable)
  }
  const value = known.get(node)
  if (value !== undefined) return value
  const converted: YamlValue =
    node.kind === 'list'
      ? node.items.map((item) => toYamlValue(item, known))
      : new Map(node.entries.map((entry) => [entry.key.value, toYamlValue(entry.value, known)]))
  known.set(node, converted)
  return converted
}

/** The kind of node in the words of a message: 'a list', 'a date'. */
export function describeYamlNode(node: YamlNode): string {
  if (node.kind === 'scalar' && node.unusable !== undefined) return node.unusable.kind
  return describeYamlKind(node.kind === 'scalar' ? node.value : toYamlValue(node))
}
