/** Python expressions that are literals; everything else is no parameter. */

import { createUnusableValue } from '../yaml/unusable-value.ts'
import type { Place } from '../yaml/problems.ts'
import {
  isYamlList,
  isYamlMap,
  keyIdentity,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'
import { parsePythonText } from './python-text.ts'
import { PythonSyntaxError, type PythonToken } from './python-tokens.ts'

/** How literals are read. */
export interface LiteralReading {
  readonly placeAt: (offset: number) => Place
  /** Whether a tuple is a list, as in dvc.lock; otherwise it cannot be used, as in `vars`. */
  readonly allowsTuples: boolean
}

interface Reader extends LiteralReading {
  readonly tokens: readonly PythonToken[]
  position: number
}

/**
 * The value of a literal: numbers, texts, True, False, None, lists, tuples, dictionaries of them.
 * Sets, bytes and complex numbers are literals that cannot be used. `undefined` for any other expression.
 *
 * @throws {PythonSyntaxError} for a key that Python cannot hash, and for one that cannot be a key here
 */
export function parsePythonLiteral(
  tokens: readonly PythonToken[],
  reading: LiteralReading,
): YamlValue | undefined {
  const reader: Reader = { ...reading, tokens, position: 0 }
  const value = readItems(reader, undefined)
  return value !== undefined && reader.position === tokens.length ? value : undefined
}

function peek({ tokens, position }: Reader): string | undefined {
  return tokens[position]?.text
}

function accept(reader: Reader, text: string): boolean {
  if (peek(reader) !== text || reader.tokens[reader.position]?.kind !== 'operator') return false
  reader.position += 1
  return true
}

/** One value, or several with commas between them, which are a tuple. */
function readItems(reader: Reader, end: ')' | undefined): YamlValue | undefined {
  const start = reader.position
  if (end !== undefined && peek(reader) === end) return createTuple([], start, reader)
  const first = readValue(reader)
  if (first === undefined || peek(reader) !== ',') return first
  const items = [first]
  while (accept(reader, ',')) {
    if (peek(reader) === end) break
    const item = readValue(reader)
    if (item === undefined) return undefined
    items.push(item)
  }
  return createTuple(items, start, reader)
}

function createTuple(items: readonly YamlValue[], start: number, reader: Reader): YamlValue {
  return reader.allowsTuples ? items : createUnusable('a tuple', start, reader)
}

function createUnusable(kind: string, start: number, reader: Reader): YamlValue {
  const tokens = reader.tokens.slice(start, reader.position)
  const text = tokens.map((token) => token.text).join(' ')
  const offset = tokens[0]?.offset ?? reader.tokens[0]?.offset ?? 0
  return createUnusableValue({ kind, text, place: reader.placeAt(offset) })
}

function readValue(reader: Reader): YamlValue | undefined {
  const start = reader.position
  if (accept(reader, '(')) {
    const value = readItems(reader, ')')
    return accept(reader, ')') ? value : undefined
  }
  if (accept(reader, '[')) return readList(reader, ']')
  if (accept(reader, '{')) return readBraces(reader, start)
  if (accept(reader, '...')) return createUnusable('an ellipsis', start, reader)
  const sign = accept(reader, '-') ? '-' : accept(reader, '+') ? '+' : ''
  return readScalar(reader, sign, start)
}

function readScalar(reader: Reader, sign: string, start: number): YamlValue | undefined {
  const kind = reader.tokens[reader.position]?.kind
  if (kind === 'number') return readNumber(reader, sign, start)
  if (sign !== '') return undefined
  if (kind === 'string') return readTexts(reader, start)
  return kind === 'name' ? readName(reader, start) : undefined
}

function readList(reader: Reader, end: ']' | '}'): YamlValue[] | undefined {
  const items: YamlValue[] = []
  while (!accept(reader, end)) {
    const item = readValue(reader)
    if (item === undefined) return undefined
    items.push(item)
    if (!accept(reader, ',') && peek(reader) !== end) return undefined
  }
  return items
}

/** A dictionary, or a set when no colon follows the first value. */
function readBraces(reader: Reader, start: number): YamlValue | undefined {
  const members = new Map<YamlScalar, YamlValue>()
  const keys = new Map<unknown, YamlScalar>()
  while (!accept(reader, '}')) {
    const keyStart = reader.tokens[reader.position]
    const key = readValue(reader)
    if (key === undefined) return undefined
    if (!accept(reader, ':')) {
      if (members.size > 0 || (!accept(reader, ',') && peek(reader) !== '}')) return undefined
      const others = readList(reader, '}')
      return others && createUnusable('a set', start, reader)
    }
    const value = readValue(reader)
    if (value === undefined) return undefined
    const name = checkKey(key, keyStart)
    const known = keys.get(keyIdentity(name)) ?? name
    keys.set(keyIdentity(known), known)
    members.set(known, value)
    if (!accept(reader, ',') && peek(reader) !== '}') return undefined
  }
  return members
}

function checkKey(key: YamlValue, token: PythonToken | undefined): YamlScalar {
  if (!isYamlMap(key) && !isYamlList(key)) return key
  const offset = token?.offset ?? 0
  throw new PythonSyntaxError('a key of a dictionary has to be a single value', offset)
}

function readNumber(reader: Reader, sign: string, start: number): YamlValue | undefined {
  const text = (reader.tokens[reader.position]?.text ?? '').replaceAll('_', '').toLowerCase()
  reader.position += 1
  if (/[-+]/.test(peek(reader) ?? '') && isComplex(reader.tokens[reader.position + 1])) {
    reader.position += 2
    return createUnusable('a complex number', start, reader)
  }
  if (text.endsWith('j')) return createUnusable('a complex number', start, reader)
  if (/^\d+$/.test(text) && /^0+[1-9]/.test(text)) return undefined
  if (!/^(?:0[xob]|\d+$)/.test(text)) return Number(text) * (sign === '-' ? -1 : 1)
  const magnitude = BigInt(text)
  return sign === '-' ? -magnitude : magnitude
}

function isComplex(token: PythonToken | undefined): boolean {
  return token?.kind === 'number' && /[jJ]$/.test(token.text)
}

/** Texts in a row are one. */
function readTexts(reader: Reader, start: number): YamlValue | undefined {
  const parts: string[] = []
  let hasBytes = false
  for (;;) {
    const token = reader.tokens[reader.position]
    if (token?.kind !== 'string') break
    const text = parsePythonText(token)
    if (text === undefined) return undefined
    hasBytes ||= /^[rR]?[bB]/.test(token.text)
    parts.push(text)
    reader.position += 1
  }
  return hasBytes ? createUnusable('a text of bytes', start, reader) : parts.join('')
}

function readName(reader: Reader, start: number): YamlValue | undefined {
  const name = peek(reader)
  reader.position += 1
  if (name === 'True' || name === 'False') return name === 'True'
  if (name === 'None') return null
  if (name !== 'set' || !accept(reader, '(') || !accept(reader, ')')) return undefined
  return createUnusable('a set', start, reader)
}
