/** Values as JSON text that keeps what YAML knows: integers of any size, `1.0` apart from `1`. */

import { findUnusable } from '../yaml/unusable-value.ts'
import {
  formatFloat,
  isYamlList,
  isYamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'

/** Two spaces for each level, a final newline; NaN and the infinities, which JSON has no word for, are null. */
export function formatValueJson(value: YamlValue): string {
  return `${format(value, '')}\n`
}

function format(value: YamlValue, indent: string): string {
  const inner = `${indent}  `
  if (isYamlList(value)) {
    if ('unusable' in value) return JSON.stringify(findUnusable(value)?.text ?? null)
    if (value.length === 0) return '[]'
    return `[\n${value.map((item) => inner + format(item, inner)).join(',\n')}\n${indent}]`
  }
  if (!isYamlMap(value)) return formatScalar(value)
  if (value.size === 0) return '{}'
  const members = Array.from(
    value,
    ([key, item]) => `${inner}${JSON.stringify(keyText(key))}: ${format(item, inner)}`,
  )
  return `{\n${members.join(',\n')}\n${indent}}`
}

/** A key as a name in JSON: text as it is, `1`, `true` and `null` as they are written. */
export function keyText(key: YamlScalar): string {
  return typeof key === 'string' ? key : formatScalar(key)
}

function formatScalar(value: YamlScalar): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'number') return String(value)
  return Number.isFinite(value) ? formatFloat(value) : 'null'
}
