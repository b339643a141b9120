/** The values that a stage asks for, out of a parameter file. */

import { ToolkitError } from '../../core/errors.ts'
import { compileShellPattern } from '../stages/shell-pattern.ts'
import { findUnusable } from '../yaml/unusable-value.ts'
import {
  isYamlList,
  isYamlMap,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'

/**
 * The values of the keys that a stage asks for, by key; a key that does not exist is absent. Without
 * keys, every top-level key of the file.
 *
 * A key goes down with dots, into lists by index. Each of its words is a pattern of `*`, `?` and `[…]`,
 * so that a key with a dot in it cannot be reached; `**` stands for any number of words.
 *
 * @param file - as messages show it
 * @throws {ToolkitError} `PIPELINE_INVALID` when a key matches more than one value, or a value is a date
 *   or another that DVC cannot lock
 */
export function selectParameters(
  values: YamlMap,
  keys: readonly string[] | undefined,
  file = 'the parameter file',
): ReadonlyMap<string, YamlValue> {
  const selected = new Map<string, YamlValue>()
  if (keys === undefined) {
    for (const [key, value] of values) if (typeof key === 'string') selected.set(key, value)
  }
  for (const key of keys ?? []) {
    const value = lookUp(values, key, file)
    if (value !== undefined) selected.set(key, value)
  }
  for (const [key, value] of selected) checkUsable(key, value)
  return selected
}

function checkUsable(key: string, value: YamlValue): void {
  const unusable = findUnusable(value)
  if (unusable === undefined) return
  const { kind, text, place } = unusable
  throw new ToolkitError(
    'PIPELINE_INVALID',
    `${place.file}:${place.line}:${place.column}: the parameter '${key}' has '${text}' in it, ${kind}, which cannot be locked`,
    { hint: 'write it as a text in quotes', details: { key, place } },
  )
}

function lookUp(values: YamlMap, key: string, file: string): YamlValue | undefined {
  if (key === '' || key === '/') return values
  const words = key.replace(/^\.+/, '').split('.').map(createWord)
  if (values.size > 0 && words.filter(({ isAnyDepth }) => isAnyDepth).length > 1) {
    throw patternError(`the key '${key}' has '**' in it twice`, key, file)
  }
  const found: Match[] = []
  collect(values, words, '', found)
  const [first, second] = found
  if (first === undefined || second === undefined) return first?.value
  const names = found.slice(0, 5).map(({ path }) => `'${path}'`)
  throw patternError(
    `the key '${key}' matches ${found.length} values, such as ${names.join(' and ')}`,
    key,
    file,
  )
}

function patternError(message: string, key: string, file: string): ToolkitError {
  return new ToolkitError('PIPELINE_INVALID', `${file}: ${message}, expected one`, {
    hint: 'write the key out, or ask for the map above it',
    details: { key, file },
  })
}

interface Match {
  readonly path: string
  readonly value: YamlValue
}

/** One word of a key. */
interface Word {
  readonly text: string
  /** Whether it is `**`. */
  readonly isAnyDepth: boolean
  /** `undefined` for a word that is no pattern. */
  readonly pattern: RegExp | undefined
  /** `undefined` for a word that is no integer. */
  readonly number: bigint | undefined
}

function createWord(text: string): Word {
  const isNumber = /^\s*[-+]?\d+(?:_\d+)*\s*$/.test(text)
  return {
    text,
    isAnyDepth: text === '**',
    pattern: /[*?[]/.test(text) ? compileShellPattern(text) : undefined,
    number: isNumber ? BigInt(text.replaceAll(/[_+\s]/g, '')) : undefined,
  }
}

function collect(
  parent: YamlValue,
  [word, ...rest]: readonly Word[],
  path: string,
  found: Match[],
): void {
  if (word === undefined) return
  const isLast = rest.length === 0 || (rest.length === 1 && rest[0]?.isAnyDepth === true)
  for (const [key, value] of membersOf(parent)) {
    if (!matchesKey(key, word, parent)) continue
    const name = path === '' ? String(key) : `${path}.${String(key)}`
    if (isLast) found.push({ path: name, value })
    collect(value, word.isAnyDepth ? [word, ...rest] : rest, name, found)
  }
  if (word.isAnyDepth) collect(parent, rest, path, found)
}

function membersOf(value: YamlValue): Iterable<readonly [YamlScalar, YamlValue]> {
  if (isYamlMap(value)) return value
  return isYamlList(value) ? value.map((item, i) => [BigInt(i), item] as const) : []
}

/** An integer or boolean key is met by its number, and an index by one from the end too. */
function matchesKey(key: YamlScalar, word: Word, parent: YamlValue): boolean {
  if (typeof key === 'string') return matchesText(key, word)
  if (typeof key !== 'bigint' && typeof key !== 'boolean') return false
  const { number } = word
  if (number !== undefined) {
    const asked = isYamlList(parent) && number < 0n ? number + BigInt(parent.length) : number
    if (asked === BigInt(key)) return true
  }
  return matchesText(typeof key === 'boolean' ? (key ? 'True' : 'False') : String(key), word)
}

function matchesText(text: string, { text: word, pattern }: Word): boolean {
  return pattern === undefined ? text === word : pattern.test(text)
}
