import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'
import { parsePlainScalar } from './yaml-scalar.ts'
import { positionOf, type YamlSource } from './yaml-source.ts'
import { isYamlList, isYamlMap, type YamlScalar, type YamlValue } from './yaml-value.ts'

/** Whether a node reads as a value already: the same value of the same kind, keys in any order. */
export function isSameValue(node: Node | null, value: YamlValue, source: YamlSource): boolean {
  const target = isAlias(node) ? node.resolve(source.document) : node
  if (isSeq<Node>(target)) {
    return (
      isYamlList(value) &&
      value.length === target.items.length &&
      value.every((item, i) => isSameValue(target.items[i]!, item, source))
    )
  }
  if (isMap<Node, Node | null>(target)) {
    if (!isYamlMap(value) || value.size !== target.items.length) return false
    return Array.from(value).every(([key, item]) => {
      const position = positionOf(target, keyTextOf(key))
      return position !== undefined && isSameValue(target.items[position]!.value, item, source)
    })
  }
  return !isYamlMap(value) && !isYamlList(value) && isSameScalar(target, value)
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
