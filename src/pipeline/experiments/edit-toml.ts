/** Small edits of a TOML text that leave everything else as it is: one line per key. */

import { isDeepStrictEqual } from 'node:util'
import { ToolkitError } from '../../core/errors.ts'
import type { YamlEdit } from '../yaml/edit-yaml.ts'
import {
  formatFloat,
  isYamlList,
  isYamlMap,
  type YamlMap,
  type YamlValue,
} from '../yaml/yaml-value.ts'

/** What to change, and how to see that it worked. */
export interface TomlEdits {
  readonly edits: readonly YamlEdit[]
  /** What the edited text has to read as. */
  readonly expected: YamlMap
  readonly parse: (text: string) => YamlMap
}

/**
 * Sets and removes keys whose value stands on one line.
 *
 * @throws {ToolkitError} `CLI_USAGE` when an edit would need more than that: a value over several
 * lines, a list of tables, null
 */
export function editToml(
  text: string,
  file: string,
  { edits, expected, parse }: TomlEdits,
): string {
  const edited = edits.reduce(
    (lines, edit) => applyEdit(lines, edit, file),
    text === '' ? [] : text.replace(/\n$/, '').split('\n'),
  )
  const result = edited.length === 0 ? '' : `${edited.join('\n')}\n`
  if (!isSame(result, expected, parse)) throw uneditable(file, edits[0]?.path ?? [])
  return result
}

function isSame(text: string, expected: YamlMap, parse: (text: string) => YamlMap): boolean {
  try {
    return isDeepStrictEqual(withoutOrder(parse(text)), withoutOrder(expected))
  } catch {
    // What the edit made is no TOML: the caller says so.
    return false
  }
}

function withoutOrder(value: YamlValue): YamlValue {
  if (isYamlList(value)) return value.map(withoutOrder)
  if (!isYamlMap(value)) return value
  const entries = Array.from(value, ([key, item]) => [key, withoutOrder(item)] as const)
  return new Map(entries.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
}

function applyEdit(lines: readonly string[], edit: YamlEdit, file: string): string[] {
  const path = edit.path.map(String)
  const found = findLine(lines, path)
  if (edit.kind === 'remove') return lines.filter((_, i) => i !== found?.index)
  if (edit.kind !== 'set') throw uneditable(file, edit.path)
  const value = formatValue(edit.value)
  if (value === undefined) throw uneditable(file, edit.path)
  if (found === undefined) return addLine(lines, path, value)
  return lines.with(found.index, replaceValue(lines[found.index]!, found.valueStart, value))
}

interface FoundLine {
  readonly index: number
  readonly valueStart: number
}

function findLine(lines: readonly string[], path: readonly string[]): FoundLine | undefined {
  const wanted = path.join('\0')
  let table: readonly string[] = []
  for (const [index, line] of lines.entries()) {
    const header = /^\s*\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line)
    if (header !== null) table = parseKey(header[1]!)
    const start =
      /^\s*((?:[\w-]+|"[^"\\]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"\\]*"|'[^']*'))*)\s*=\s*/.exec(
        line,
      )
    if (start === null) continue
    if ([...table, ...parseKey(start[1]!)].join('\0') === wanted) {
      return { index, valueStart: start[0].length }
    }
  }
  return undefined
}

function parseKey(text: string): string[] {
  return Array.from(
    text.matchAll(/"([^"]*)"|'([^']*)'|([\w-]+)/g),
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  )
}

/** What stands behind the value on its line stays: blanks and a comment. */
function replaceValue(line: string, valueStart: number, value: string): string {
  const old = line.slice(valueStart)
  const end = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^#"'])*/.exec(old)?.[0].trimEnd().length ?? old.length
  return line.slice(0, valueStart) + value + old.slice(end)
}

function addLine(lines: readonly string[], path: readonly string[], value: string): string[] {
  const table = path.slice(0, -1)
  const line = `${formatKey(path.at(-1) ?? '')} = ${value}`
  const start = table.length === 0 ? -1 : lines.findIndex((text) => isHeader(text, table))
  if (start === -1 && table.length > 0) {
    const gap = lines.length === 0 ? [] : ['']
    return [...lines, ...gap, `[${table.map(formatKey).join('.')}]`, line]
  }
  const next = lines.findIndex((text, i) => i > start && /^\s*\[/.test(text))
  let end = next === -1 ? lines.length : next
  while (end > start + 1 && lines[end - 1]!.trim() === '') end--
  return lines.toSpliced(end, 0, line)
}

function isHeader(line: string, table: readonly string[]): boolean {
  const [, key] = /^\s*\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line) ?? []
  return key !== undefined && isDeepStrictEqual(parseKey(key), table)
}

function formatKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key)
}

function formatValue(value: YamlValue): string | undefined {
  if (value === null) return undefined
  if (isYamlList(value)) {
    const items = value.map(formatValue)
    return items.includes(undefined) ? undefined : `[${items.join(', ')}]`
  }
  if (isYamlMap(value)) {
    const members = Array.from(value, ([key, item]) => [formatKey(String(key)), formatValue(item)])
    if (members.some(([, item]) => item === undefined)) return undefined
    return `{${members.map(([key, item]) => `${key} = ${item}`).join(', ')}}`
  }
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'number' ? formatNumber(value) : String(value)
}

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  return Number.isFinite(value) ? formatFloat(value) : value > 0 ? 'inf' : '-inf'
}

function uneditable(file: string, path: readonly (string | number)[]): ToolkitError {
  return new ToolkitError(
    'CLI_USAGE',
    `--set-param cannot change '${path.join('.')}' in '${file}'`,
    {
      hint: 'give it a one-line value of its own in the file first, or use a YAML file',
      details: { file, path },
    },
  )
}
