import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml'
import { parsePlainScalar } from './yaml-scalar.ts'
import { positionOf, type YamlSource } from './yaml-source.ts'
import { isUnusable } from './unusable-value.ts'
import { isYamlList, isYamlMap, type YamlScalar, type YamlValue } from './yaml-value.ts'

/** Whether a node reads as a value already: the same value of the same kind, keys in any order. */
export function isSameValue(node: Node | null, value: YamlValue, source: YamlSource): boolean {
  const target = isAlias(node) ? node.resolve(source.document) : node
  if (isUnusable(value)) {
    return isScalar(target) && target.tag === undefined && target.value === value.unusable.text
  }
  if (isSeq<Node>(target)) {
    return (
      isYamlList(value) &&
      value.length === target.items.length &&
      value.every((item, i) => isSameValue(target.items[i]!, item, source))
    )
  }
  if (isMap<Node, Node | null>(target)) return isSameMap(target, value, source)
  return !isYamlMap(value) && !isYamlList(value) && isSameScalar(target, value)
}

function isSameMap(map: YAMLMap<Node, Node | null>, value: YamlValue, source: YamlSource): boolean {
  if (!isYamlMap(value) || value.size !== map.items.length) return false
  return Array.from(value).every(([key, item]) => {
    const position = positionOf(map, keyTextOf(key))
    return position !== undefined && isSameValue(map.items[position]!.value, item, source)
  })
}

function isSameScalar(node: Node | null | undefined, value: YamlScalar): boolean {
  if (!isScalar(node) || node.tag !== undefined) return value === null && !node
  const isPlain = node.type === 'PLAIN'
  const text = typeof node.value === 'string' ? node.value : ''
  return Object.is(isPlain ? parsePlainScalar(text) : text, value)
}

/** A key as the text that stands for it in a path. */
export function keyTextOf(key: YamlScalar): string {
  return key === null ? '' : String(key)
}
