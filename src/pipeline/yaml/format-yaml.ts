import { formatYamlScalar } from './format-yaml-scalar.ts'
import {
  isYamlList,
  isYamlMap,
  type YamlList,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from './yaml-value.ts'
import { isUnusable } from './unusable-value.ts'

/** ruamel.yaml writes longer keys, and keys with line breaks, in the `? key` form. */
const maxSimpleKeyLength = 122

/**
 * The text DVC writes for a value: block style, two spaces, list dashes at the
 * column of their key, folded at column 80. A list or map that occurs twice (the
 * same object, not an equal one) is written once with an anchor.
 *
 * @param indent - column at which its keys stand; the first line is not indented
 */
export function formatYaml(value: YamlMap, indent = 0): string {
  return formatMap(value, indent, { anchors: findAnchors(value), written: new Set() })
}

/**
 * Formats as {@link formatYaml} does, again and again while a document grows: maps that it has
 * formatted before are not formatted again.
 */
export function createYamlFormatter(): (value: YamlMap) => string {
  const known: KnownEntries = new WeakMap()
  const repeats = createRepeatSearch()
  return (value) => {
    const anchors = repeats(value) ? findAnchors(value) : new Map<YamlValue, string>()
    // Names of anchors are counted over the whole document.
    return formatMap(value, 0, {
      anchors,
      written: new Set(),
      ...(anchors.size === 0 && { known }),
    })
  }
}

/** Text of a key and its map, by the map. */
type KnownEntries = WeakMap<YamlMap, KnownEntry>

interface KnownEntry {
  readonly key: YamlScalar
  readonly indent: number
  readonly text: string
}

interface Anchors {
  readonly anchors: ReadonlyMap<YamlValue, string>
  /** Those that have been written; from then on they are aliases. */
  readonly written: Set<YamlValue>
  /** Only where there are no anchors. */
  readonly known?: KnownEntries
}

/** Names containers in the order in which their second use is met. */
function findAnchors(root: YamlValue): Map<YamlValue, string> {
  const seen = new Set<YamlValue>()
  const anchors = new Map<YamlValue, string>()
  const visit = (value: YamlValue): void => {
    if (!isYamlMap(value) && !isYamlList(value)) return
    if (seen.has(value)) {
      const number = String(anchors.size + 1).padStart(3, '0')
      if (!anchors.has(value)) anchors.set(value, `id${number}`)
      return
    }
    seen.add(value)
    for (const item of value.values()) if (typeof item === 'object' && item !== null) visit(item)
  }
  visit(root)
  return anchors
}

/** Depth at which the stages of a lock stand: the document, its stages, one of them. */
const entryDepth = 2

/**
 * Tells whether a document may hold a list or map twice: never no where it does. All documents
 * that one search is asked about are made of the same entries, two levels down, which nobody
 * changes: what is below one that it has seen is not walked again.
 */
function createRepeatSearch(): (root: YamlMap) => boolean {
  const entries = new WeakSet<YamlMap | YamlList>()
  const below = new WeakSet<YamlMap | YamlList>()
  return (root) => {
    const seen = new Map<YamlMap | YamlList, number>()
    const isRepeated = (value: YamlValue, depth: number): boolean => {
      if (!isYamlMap(value) && !isYamlList(value)) return false
      if (seen.has(value) || below.has(value)) return true
      if (entries.has(value)) {
        seen.set(value, entryDepth)
        return false
      }
      seen.set(value, depth)
      for (const item of value.values()) {
        if (typeof item === 'object' && item !== null && isRepeated(item, depth + 1)) return true
      }
      return false
    }
    if (isRepeated(root, 0)) return true
    for (const [value, depth] of seen) {
      if (depth === entryDepth) entries.add(value)
      else if (depth > entryDepth) below.add(value)
    }
    return false
  }
}

function formatMap(map: YamlMap, indent: number, anchors: Anchors): string {
  const entries: string[] = []
  for (const [key, value] of map) entries.push(formatKnownEntry(key, value, indent, anchors))
  // Joined, not added up: a text of many pieces is put together anew each time that it is written.
  return entries.join(' '.repeat(indent))
}

function formatKnownEntry(
  key: YamlScalar,
  value: YamlValue,
  indent: number,
  anchors: Anchors,
): string {
  const { known } = anchors
  if (known === undefined || !isYamlMap(value)) return formatEntry(key, value, indent, anchors)
  const found = known.get(value)
  if (found !== undefined && Object.is(found.key, key) && found.indent === indent) return found.text
  const text = formatEntry(key, value, indent, anchors)
  known.set(value, { key, indent, text })
  return text
}

function formatEntry(key: YamlScalar, value: YamlValue, indent: number, anchors: Anchors): string {
  if (!isSimpleKey(key)) {
    const place = { column: indent + 2, indent: indent + 2, mayFold: true }
    const head = `? ${formatYamlScalar(key, place)}\n${' '.repeat(indent)}:`
    return head + formatAfterLongKey(value, indent, anchors)
  }
  const name = formatYamlScalar(key, { column: indent, indent: indent + 2, mayFold: false })
  const column = endColumnOf(`${' '.repeat(indent)}${name}:`)
  return `${name}:${formatAfterKey(value, indent, { ...anchors, column })}`
}

/** A long word in a key may have broken the line. */
function endColumnOf(text: string): number {
  return Array.from(text.slice(text.lastIndexOf('\n') + 1)).length
}

/** As an item of a list, but an anchored list stays at the column of the key: ruamel.yaml's habit. */
function formatAfterLongKey(value: YamlValue, indent: number, anchors: Anchors): string {
  if (value === null) return '\n'
  const isAnchoredList =
    isYamlList(value) &&
    value.length > 0 &&
    anchors.anchors.has(value) &&
    !anchors.written.has(value)
  if (!isAnchoredList) return formatItem(value, indent, anchors)
  const { text } = referTo(value, anchors)
  return ` ${text.trimEnd()}\n${' '.repeat(indent)}${formatList(value, indent, anchors)}`
}

function isSimpleKey(key: YamlScalar): boolean {
  if (typeof key !== 'string') return true
  return Array.from(key).length <= maxSimpleKeyLength && !/[\n\u0085\u2028\u2029]/.test(key)
}

function formatAfterKey(
  value: YamlValue,
  indent: number,
  context: Anchors & { readonly column: number },
): string {
  if (value === null) return '\n'
  if (!isYamlMap(value) && !isYamlList(value)) {
    const place = { column: context.column + 1, indent: indent + 2, mayFold: true }
    return ` ${formatYamlScalar(value, place)}\n`
  }
  const reference = referTo(value, context)
  if (reference.isAlias) return ` ${reference.text}\n`
  if (isEmpty(value)) return ` ${reference.text}${formatEmpty(value)}\n`
  const head = reference.text === '' ? '\n' : ` ${reference.text.trimEnd()}\n`
  return isYamlMap(value)
    ? `${head}${' '.repeat(indent + 2)}${formatMap(value, indent + 2, context)}`
    : `${head}${' '.repeat(indent)}${formatList(value, indent, context)}`
}

function formatList(list: YamlList, indent: number, anchors: Anchors): string {
  return list.map((item) => `-${formatItem(item, indent, anchors)}`).join(' '.repeat(indent))
}

function formatItem(item: YamlValue, indent: number, anchors: Anchors): string {
  if (item === null) return ' \n'
  if (!isYamlMap(item) && !isYamlList(item)) {
    const place = { column: indent + 2, indent: indent + 2, mayFold: true }
    return ` ${formatYamlScalar(item, place)}\n`
  }
  const reference = referTo(item, anchors)
  if (reference.isAlias) return ` ${reference.text}\n`
  if (isEmpty(item)) return ` ${reference.text}${formatEmpty(item)}\n`
  const head =
    reference.text === '' ? ' ' : ` ${reference.text.trimEnd()}\n${' '.repeat(indent + 2)}`
  return isYamlMap(item)
    ? head + formatMap(item, indent + 2, anchors)
    : head + formatList(item, indent + 2, anchors)
}

function isEmpty(value: YamlMap | YamlList): boolean {
  return isYamlMap(value) ? value.size === 0 : value.length === 0
}

/** A date that was only read is written as it stood there. */
function formatEmpty(value: YamlMap | YamlList): string {
  if (isYamlMap(value)) return '{}'
  return isUnusable(value) ? value.unusable.text : '[]'
}

function referTo(value: YamlMap | YamlList, { anchors, written }: Anchors): Reference {
  const name = anchors.get(value)
  if (name === undefined) return { text: '', isAlias: false }
  if (written.has(value)) return { text: `*${name}`, isAlias: true }
  written.add(value)
  return { text: `&${name} `, isAlias: false }
}

interface Reference {
  /** `*id001`, or `&id001 ` before the value, or nothing. */
  readonly text: string
  readonly isAlias: boolean
}
