/** A YAML document as a tree in which every node knows its place, for messages that point. */

import {
  LineCounter,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
  type Pair,
} from 'yaml'
import type { Place, Problems } from './problems.ts'
import { parsePlainScalar, plainKindOf } from './yaml-scalar.ts'
import { describeYamlKind, type YamlScalar, type YamlValue } from './yaml-value.ts'

/** A text, number, boolean or null. */
export interface ScalarNode {
  readonly kind: 'scalar'
  readonly place: Place
  readonly value: YamlScalar
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

/** Parses one document; `undefined` when it is empty. What cannot be read is added to `problems`. */
export function parseYamlNode(
  text: string,
  file: string,
  problems: Problems,
): YamlNode | undefined {
  const lines = new LineCounter()
  // With the failsafe schema every scalar arrives as text, so that the rules of yaml-scalar.ts apply.
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
  })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  for (const error of document.errors) {
    problems.add(placeAt(error.pos[0]), lowerFirst(error.message))
  }
  if (document.errors.length > 0 || document.contents === null) return undefined
  return convertNode(document.contents, { document, placeAt, problems, nodes: new Map() })
}

interface Conversion {
  readonly document: Document
  readonly placeAt: (offset: number) => Place
  readonly problems: Problems
  /** An alias gives the very node of its anchor, because DVC writes shared nodes as anchors again. */
  readonly nodes: Map<Node, YamlNode>
}

function convertNode(node: Node, conversion: Conversion): YamlNode {
  const source = isAlias(node) ? node.resolve(conversion.document) : node
  const place = conversion.placeAt(node.range?.[0] ?? 0)
  if (source === undefined) return { kind: 'scalar', place, value: null }
  const known = conversion.nodes.get(source)
  if (known !== undefined) return known
  const converted = convertNewNode(source, place, conversion)
  conversion.nodes.set(source, converted)
  return converted
}

function convertNewNode(node: Node, place: Place, conversion: Conversion): YamlNode {
  if (isSeq<Node>(node)) {
    return { kind: 'list', place, items: node.items.map((item) => convertNode(item, conversion)) }
  }
  if (isMap<Node, Node | null>(node)) {
    const entries = node.items.map((pair) => convertPair(pair, place, conversion))
    return { kind: 'map', place, entries: entries.filter((entry) => entry !== undefined) }
  }
  return { kind: 'scalar', place, value: convertScalar(node, place, conversion) }
}

function convertPair(
  pair: Pair<Node, Node | null>,
  place: Place,
  conversion: Conversion,
): MapEntry | undefined {
  const key = convertNode(pair.key, conversion)
  if (key.kind !== 'scalar') {
    conversion.problems.add(key.place, `${describeYamlKind(toYamlValue(key))} cannot be a key`)
    return undefined
  }
  const value: YamlNode =
    pair.value === null
      ? { kind: 'scalar', place: key.place ?? place, value: null }
      : convertNode(pair.value, conversion)
  return { key, value }
}

function convertScalar(node: Node, place: Place, { problems }: Conversion): YamlScalar {
  const text = isScalar(node) && typeof node.value === 'string' ? node.value : ''
  if (node.tag !== undefined) return convertTagged(node.tag, text, place, problems)
  if (isScalar(node) && node.type !== 'PLAIN') return text
  const value = parsePlainScalar(text)
  if (value !== undefined) return value
  const kind = plainKindOf(text) === 'date' ? 'a date' : 'not a value DVC can use'
  problems.add(place, `'${text}' is ${kind}`, `put it in quotes to make it text: '${text}'`)
  return null
}

function convertTagged(tag: string, text: string, place: Place, problems: Problems): YamlScalar {
  const name = tag.replace('tag:yaml.org,2002:', '!!')
  if (name === '!!str') return text
  const value = parsePlainScalar(text)
  if (name === '!!float' && typeof value === 'bigint') return Number(value)
  if (value !== undefined && taggedTypes[name] === typeof value) return value
  problems.add(place, `the tag '${name}' on '${text}' is not supported`, 'write a plain value')
  return null
}

const taggedTypes: Readonly<Record<string, string>> = {
  '!!bool': 'boolean',
  '!!float': 'number',
  '!!int': 'bigint',
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}

/** The plain value of a node; a node that is shared gives one shared value. */
export function toYamlValue(node: YamlNode, known = new Map<YamlNode, YamlValue>()): YamlValue {
  if (node.kind === 'scalar') return node.value
  const value = known.get(node)
  if (value !== undefined) return value
  const converted: YamlValue =
    node.kind === 'list'
      ? node.items.map((item) => toYamlValue(item, known))
      : new Map(node.entries.map((entry) => [entry.key.value, toYamlValue(entry.value, known)]))
  known.set(node, converted)
  return converted
}
