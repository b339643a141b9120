/** JSON parameter files, written so that a diff shows only what changed. */

import { formatPythonJson } from '../yaml/python-json.ts'
import {
  isYamlList,
  isYamlMap,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'

/** A document with the indentation and final line end of the text it replaces; `1` and `1.0` stay apart. */
export function formatJsonDocument(values: YamlMap, previous: string): string {
  const indent = /^[[{]\r?\n([ \t]+)/.exec(previous.trimStart())?.[1]
  const body = indent === undefined ? formatFlat(values) : formatIndented(values, '\n', indent)
  return previous.endsWith('\n') || previous === '' ? `${body}\n` : body
}

function formatFlat(value: YamlValue): string {
  if (isYamlList(value)) return `[${value.map(formatFlat).join(', ')}]`
  if (!isYamlMap(value)) return formatScalar(value)
  const members = Array.from(value, ([key, item]) => `${formatKey(key)}: ${formatFlat(item)}`)
  return `{${members.join(', ')}}`
}

function formatIndented(value: YamlValue, lineStart: string, indent: string): string {
  const inner = `${lineStart}${indent}`
  if (isYamlList(value) && value.length > 0) {
    const items = value.map((item) => formatIndented(item, inner, indent))
    return `[${inner}${items.join(`,${inner}`)}${lineStart}]`
  }
  if (!isYamlMap(value) || value.size === 0) return formatFlat(value)
  const members = Array.from(
    value,
    ([key, item]) => `${formatKey(key)}: ${formatIndented(item, inner, indent)}`,
  )
  return `{${inner}${members.join(`,${inner}`)}${lineStart}}`
}

function formatKey(key: YamlScalar): string {
  return JSON.stringify(String(key))
}

function formatScalar(value: YamlValue): string {
  return typeof value === 'string' ? JSON.stringify(value) : formatPythonJson(value)
}
