/**
 * Edits of a YAML text that a person wrote: comments, order, quotes, blank lines and folding of
 * all that an edit does not touch stay as they are, to the byte.
 */

import { isMap, isScalar, isSeq, type Node } from 'yaml'
import { checkYamlEdit, type YamlEdit } from './check-yaml-edit.ts'
import { formatYaml } from './format-yaml.ts'
import {
  appendKey,
  insertItem,
  removeEntry,
  renameKey,
  replaceValue,
  splice,
} from './splice-yaml.ts'
import { isSameValue, keyTextOf } from './same-value.ts'
import {
  nodeAt,
  parseYamlSource,
  positionOf,
  readContainer,
  uneditableError,
  type Container,
  type Entry,
  type YamlPath,
  type YamlSource,
} from './yaml-source.ts'
import { isYamlList, isYamlMap, type YamlMap, type YamlValue } from './yaml-value.ts'

export type { YamlEdit } from './check-yaml-edit.ts'
export type { YamlPath } from './yaml-source.ts'

/**
 * Applies edits to the text of a YAML document, one after another. New values are written in
 * DVC's style; in braces and brackets they stand on the same line.
 *
 * @param file - the name that messages show
 * @throws {ToolkitError} `PIPELINE_INVALID` when the text is not YAML, when a path leads into a
 * scalar or an alias, and when an edit would change more than it names, as inside an anchor
 */
export function editYaml(text: string, file: string, edits: readonly YamlEdit[]): string {
  return edits.reduce((before, edit) => applyEdit(before, file, edit), text)
}

function applyEdit(text: string, file: string, edit: YamlEdit): string {
  const source = parseYamlSource(text, file)
  const edited = editText(source, edit)
  if (edited !== text) checkYamlEdit(source, edited, edit)
  return edited
}

function editText(source: YamlSource, edit: YamlEdit): string {
  switch (edit.kind) {
    case 'set':
      return setValue(source, edit.path, edit.value)
    case 'insert':
      return insertValue(source, edit)
    case 'remove':
      return removeAt(source, edit.path)
    case 'rename': {
      const found = findEntry(source, edit.path)
      if (found === undefined) throw uneditableError(source, edit.path, 'it does not exist')
      return renameKey(source.text, found.container, found.entry, edit.key)
    }
  }
}

interface FoundEntry {
  readonly container: Container
  readonly entry: Entry
  readonly position: number
}

function findEntry(source: YamlSource, path: YamlPath): FoundEntry | undefined {
  const step = path.at(-1)
  if (step === undefined) return undefined
  const parent = nodeAt(source, path.slice(0, -1))
  const position = positionOf(parent, step)
  const container = readContainer(parent)
  const entry = position === undefined ? undefined : container?.entries[position]
  if (container === undefined || entry === undefined || position === undefined) return undefined
  return { container, entry, position }
}

function setValue(source: YamlSource, path: YamlPath, value: YamlValue): string {
  const node = nodeAt(source, path)
  if (node === undefined) return createValue(source, path, value)
  if (node !== null && isSameValue(node, value, source)) return source.text
  if (isMap(node) && isYamlMap(value) && node.items.length > 0 && value.size > 0) {
    return mergeMap(source, path, value)
  }
  if (isSeq<Node>(node) && isYamlList(value) && node.items.length > 0 && value.length > 0) {
    return mergeList(source, path, node.items, value)
  }
  return replaceAt(source, path, value)
}

function replaceAt(source: YamlSource, path: YamlPath, value: YamlValue): string {
  const found = findEntry(source, path)
  if (found !== undefined) return replaceValue(source.text, found.container, found.entry, value)
  if (path.length > 0 || !isYamlMap(value)) {
    throw uneditableError(source, path, 'there is no place for it')
  }
  return replaceRoot(source, value)
}

function replaceRoot({ text, document }: YamlSource, value: YamlMap): string {
  const written = value.size === 0 ? '{}\n' : formatYaml(value)
  const range = document.contents?.range
  if (document.contents === null || range === undefined || range === null) {
    return text === '' || text.endsWith('\n') ? text + written : `${text}\n${written}`
  }
  const isNothing = range[0] === range[1]
  if (isNothing) return splice(text, text.length, text.length, written)
  return splice(text, range[0], range[1], written.slice(0, -1))
}

/** Makes what is missing on the way to a path, below the deepest part that exists. */
function createValue(source: YamlSource, path: YamlPath, value: YamlValue): string {
  let depth = path.length - 1
  while (depth > 0 && nodeAt(source, path.slice(0, depth)) === undefined) depth--
  const parentPath = path.slice(0, depth)
  const parent = nodeAt(source, parentPath)
  const nested = path
    .slice(depth + 1)
    .reduceRight<YamlValue>((inner, step) => new Map([[String(step), inner]]), value)
  const step = path[depth]!
  if (isSeq(parent) && step === parent.items.length) {
    return addItem(source, parentPath, nested, step)
  }
  if (parent !== null && !isMap(parent)) {
    throw uneditableError(source, parentPath, `there is no place for '${step}' in it`)
  }
  const container = readContainer(parent)
  if (container === undefined || container.entries.length === 0) {
    return replaceAt(source, parentPath, new Map([[String(step), nested]]))
  }
  return appendKey(source.text, container, String(step), nested)
}

function addItem(source: YamlSource, path: YamlPath, item: YamlValue, index: number): string {
  const container = readContainer(nodeAt(source, path))
  if (container === undefined || container.entries.length === 0) {
    return replaceAt(source, path, [item])
  }
  return insertItem(source.text, container, index, item)
}

function insertValue(
  source: YamlSource,
  { path, value, index }: { path: YamlPath; value: YamlValue; index?: number },
): string {
  const list = nodeAt(source, path)
  if (list === undefined) return createValue(source, path, [value])
  if (list !== null && !isSeq(list)) {
    throw uneditableError(source, path, 'it is not a list')
  }
  const length = list?.items.length ?? 0
  return addItem(source, path, value, Math.min(index ?? length, length))
}

function removeAt(source: YamlSource, path: YamlPath): string {
  const found = findEntry(source, path)
  if (found === undefined) return source.text
  if (found.container.entries.length > 1) {
    return removeEntry(source.text, found.container, found.position)
  }
  const empty: YamlValue = found.container.kind === 'list' ? [] : new Map()
  return replaceAt(source, path.slice(0, -1), empty)
}

/** Sets the keys first: the map never gets empty on the way. */
function mergeMap(source: YamlSource, path: YamlPath, value: YamlMap): string {
  let current = source
  const wanted = new Set<string>()
  for (const [key, item] of value) {
    wanted.add(keyTextOf(key))
    current = reparse(current, setValue(current, [...path, keyTextOf(key)], item))
  }
  const node = nodeAt(current, path)
  if (!isMap<Node>(node)) return current.text
  for (const { key } of node.items) {
    const name = isScalar(key) ? String(key.value) : undefined
    if (name === undefined || wanted.has(name)) continue
    current = reparse(current, removeAt(current, [...path, name]))
  }
  return current.text
}

function reparse(source: YamlSource, text: string): YamlSource {
  return text === source.text ? source : parseYamlSource(text, source.file)
}

/** Keeps the items that both have at the beginning and at the end; between, one takes the place of another. */
function mergeList(
  source: YamlSource,
  path: YamlPath,
  items: readonly Node[],
  value: readonly YamlValue[],
): string {
  const shorter = Math.min(items.length, value.length)
  const isSameAt = (i: number, j: number): boolean => isSameValue(items[i]!, value[j]!, source)
  let head = 0
  while (head < shorter && isSameAt(head, head)) head++
  let tail = 0
  while (tail < shorter - head && isSameAt(items.length - 1 - tail, value.length - 1 - tail)) tail++
  let current = source
  const until = shorter - tail
  for (let i = head; i < until; i++) {
    current = reparse(current, setValue(current, [...path, i], value[i]!))
  }
  for (let i = until; i < value.length - tail; i++) {
    current = reparse(current, addItem(current, path, value[i]!, i))
  }
  for (let i = items.length - tail - 1; i >= until && i >= value.length - tail; i--) {
    current = reparse(current, removeAt(current, [...path, i]))
  }
  return current.text
}
