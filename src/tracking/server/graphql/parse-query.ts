/**
 * Reads a query of GraphQL, of the language's part that MLflow's pages use: one query with fields and arguments. Aliases,
 * fragments and directives of fields are refused, so that no query asks for more than the schema has once.
 */

import { ToolkitError } from '../../../core/errors.ts'

/** A field that is asked for, and what of it. */
export interface SelectedField {
  readonly name: string
  /** As they were sent, variables filled in. */
  readonly arguments: Readonly<Record<string, unknown>>
  /** Empty where a field is asked for without braces. */
  readonly fields: readonly SelectedField[]
}

export type Variables = Readonly<Record<string, unknown>>

/** MLflow's pages send 2,000 characters. */
const mostCharacters = 20_000

/** MLflow's. */
const mostLevels = 10

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function parseQuery(query: string, variables: Variables): readonly SelectedField[] {
  if (query.length > mostCharacters) {
    throw refuse(`it has ${query.length} characters, at most ${mostCharacters} are allowed`)
  }
  const reader: Reader = { tokens: readTokens(query), next: 0, variables }
  if (peek(reader) === 'query') {
    reader.next++
    skipHead(reader)
  }
  const fields = readSelection(reader, 1)
  const rest = peek(reader)
  if (rest !== undefined) throw refuse(`one query is expected, and '${rest}' comes after it`)
  return fields
}

interface Reader {
  readonly tokens: readonly string[]
  next: number
  readonly variables: Variables
}

const token =
  /[\s,\uFEFF]+|#[^\n]*|("(?:[^"\\\n]|\\.)*"|\.\.\.|[!$()[\]{}:=@]|[_A-Za-z]\w*|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/y

/** Blanks, commas and comments are left out. */
function readTokens(text: string): readonly string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const start = token.lastIndex
    const match = token.exec(text)
    if (match === null) throw refuse(`'${text[start]}' is not understood`)
    if (match[1] !== undefined) tokens.push(match[1])
  }
  return tokens
}

/** The name, the variables' types and the directives of the query: nothing of them is needed to answer. */
function skipHead(reader: Reader): void {
  let depth = 0
  while (depth > 0 || peek(reader) !== '{') {
    const skipped = take(reader)
    if (skipped === '(') depth++
    if (skipped === ')') depth--
  }
}

function readSelection(reader: Reader, level: number): readonly SelectedField[] {
  if (level > mostLevels) throw refuse(`it has more than ${mostLevels} levels`)
  expect(reader, '{')
  const fields = new Map<string, SelectedField>()
  do {
    const field = readField(reader, level)
    if (fields.has(field.name)) throw refuse(`'${field.name}' is there twice`)
    fields.set(field.name, field)
  } while (peek(reader) !== '}')
  reader.next++
  return [...fields.values()]
}

function readField(reader: Reader, level: number): SelectedField {
  const name = readName(reader)
  if (peek(reader) === ':') throw refuse(`'${name}' is an alias, which are not understood here`)
  return {
    name,
    arguments: peek(reader) === '(' ? readMembers(reader, { from: '(', to: ')' }) : {},
    fields: peek(reader) === '{' ? readSelection(reader, level + 1) : [],
  }
}

function readMembers(
  reader: Reader,
  { from, to }: { readonly from: string; readonly to: string },
  level = 1,
): Readonly<Record<string, unknown>> {
  expect(reader, from)
  const members: [string, unknown][] = []
  while (peek(reader) !== to) {
    const name = readName(reader)
    expect(reader, ':')
    members.push([name, readValue(reader, level)])
  }
  reader.next++
  return Object.fromEntries(members)
}

function readValue(reader: Reader, level: number): unknown {
  if (level > mostLevels) throw refuse(`it has more than ${mostLevels} levels`)
  const first = peek(reader)
  if (first === '{') return readMembers(reader, { from: '{', to: '}' }, level + 1)
  reader.next++
  if (first === '$') return readVariable(reader)
  if (first === '[') return readItems(reader, level)
  // Texts escape as JSON does; a bare word is one of a list of names.
  if (first !== undefined && /^["\d-]|^(?:true|false|null)$/.test(first)) return parseScalar(first)
  if (first !== undefined && /^\w/.test(first)) return first
  throw refuse(`a value is expected instead of '${first ?? 'the end'}'`)
}

function readVariable(reader: Reader): unknown {
  const name = readName(reader)
  if (Object.hasOwn(reader.variables, name)) return reader.variables[name]
  throw refuse(`Variable '$${name}' was not provided`)
}

function readItems(reader: Reader, level: number): readonly unknown[] {
  const items: unknown[] = []
  while (peek(reader) !== ']') items.push(readValue(reader, level + 1))
  reader.next++
  return items
}

function parseScalar(written: string): unknown {
  try {
    return JSON.parse(written)
  } catch (error) {
    throw refuse(`${written} is no value`, error)
  }
}

function readName(reader: Reader): string {
  const name = take(reader)
  if (/^[_A-Za-z]/.test(name)) return name
  throw refuse(`a name is expected instead of '${name}'`)
}

function expect(reader: Reader, wanted: string): void {
  const found = take(reader)
  if (found !== wanted) throw refuse(`'${wanted}' is expected instead of '${found}'`)
}

function peek({ tokens, next }: Reader): string | undefined {
  return tokens[next]
}

function take(reader: Reader): string {
  const found = peek(reader)
  if (found === undefined) throw refuse('it ends too early')
  reader.next++
  return found
}

function refuse(reason: string, cause?: unknown): ToolkitError {
  return new ToolkitError('TRACKING_INVALID', `the query is refused: ${reason}`, { cause })
}
