/** JSON as Python reads it: `NaN` and `Infinity` are numbers, `1` and `1.0` stay apart, the last of equal keys counts. */

import type { Place, Problems } from '../yaml/problems.ts'
import type { YamlMap, YamlScalar, YamlValue } from '../yaml/yaml-value.ts'

/** Parses one document; what is wrong is added to the problems with its line and column. */
export function parseJsonParameters(
  text: string,
  file: string,
  problems: Problems,
): YamlValue | undefined {
  const reader: Reader = { text, offset: 0 }
  try {
    const value = readValue(reader, 0)
    skipBlanks(reader)
    if (reader.offset < text.length) throw syntaxError(reader, 'the end')
    return value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    problems.add(placeAt(text, reader.offset, file), error.message)
    return undefined
  }
}

interface Reader {
  readonly text: string
  offset: number
}

function placeAt(text: string, offset: number, file: string): Place {
  const before = text.slice(0, offset).split('\n')
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

function syntaxError({ text, offset }: Reader, expected: string): SyntaxError {
  const point = text.codePointAt(offset)
  const found = point === undefined ? 'the end' : `'${String.fromCodePoint(point)}'`
  return new SyntaxError(`it is not JSON: expected ${expected}, found ${found}`)
}

function skipBlanks(reader: Reader): void {
  take(reader, /[ \t\n\r]*/y)
}

/** The text that the sticky pattern matches here. */
function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.offset
  const found = pattern.exec(reader.text)?.[0]
  reader.offset += found?.length ?? 0
  return found
}

/** Python gives up at its own limit of about a thousand. */
const maxDepth = 900

function readValue(reader: Reader, depth: number): YamlValue {
  skipBlanks(reader)
  if (depth > maxDepth) throw new SyntaxError(`it is nested more than ${maxDepth} deep`)
  const start = reader.text[reader.offset]
  if (start === '{') return readObject(reader, depth)
  if (start === '[') return readArray(reader, depth)
  return start === '"' ? readString(reader) : readLiteral(reader)
}

function readObject(reader: Reader, depth: number): YamlMap {
  const members = new Map<YamlScalar, YamlValue>()
  readMembers(reader, '}', () => {
    if (reader.text[reader.offset] !== '"') throw syntaxError(reader, 'a key in double quotes')
    const key = readString(reader)
    skipBlanks(reader)
    if (take(reader, /:/y) === undefined) throw syntaxError(reader, `':'`)
    members.set(key, readValue(reader, depth + 1))
  })
  return members
}

function readArray(reader: Reader, depth: number): YamlValue[] {
  const items: YamlValue[] = []
  readMembers(reader, ']', () => items.push(readValue(reader, depth + 1)))
  return items
}

function readMembers(reader: Reader, end: ']' | '}', readOne: () => void): void {
  reader.offset += 1
  skipBlanks(reader)
  if (reader.text[reader.offset] !== end) {
    do {
      skipBlanks(reader)
      readOne()
      skipBlanks(reader)
    } while (take(reader, /,/y) !== undefined)
  }
  if (reader.text[reader.offset] !== end) throw syntaxError(reader, `',' or '${end}'`)
  reader.offset += 1
}

function readString(reader: Reader): string {
  const start = reader.offset
  reader.offset += 1
  // In runs: one alternative a character would exhaust the stack on long texts.
  // oxlint-disable-next-line no-control-regex -- control characters are what JSON forbids here
  while ((take(reader, /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y) ?? '') !== '');
  if (reader.text[reader.offset] !== '"') {
    reader.offset = start
    throw syntaxError(reader, 'a text that ends in its line, with JSON escapes only')
  }
  reader.offset += 1
  return String(JSON.parse(reader.text.slice(start, reader.offset)))
}

const words: ReadonlyMap<string, YamlScalar> = new Map<string, YamlScalar>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

function readLiteral(reader: Reader): YamlScalar {
  const word = take(reader, /null|true|false|NaN|-?Infinity/y)
  if (word !== undefined) return words.get(word) ?? null
  const number = take(reader, /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y)
  if (number === undefined) throw syntaxError(reader, 'a value')
  return /^-?\d+$/.test(number) ? BigInt(number) : Number(number)
}
