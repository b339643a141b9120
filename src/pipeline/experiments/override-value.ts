/** The values of `--set-param`, in the grammar that DVC takes them in (Hydra's basic overrides). */

import type { YamlScalar, YamlValue } from '../yaml/yaml-value.ts'

/** Why a text is not a value, and where. */
export class ValueSyntaxError extends Error {
  /** Counted from 0, in characters of the text. */
  readonly position: number

  constructor(position: number, reason: string) {
    super(reason)
    this.position = position
  }
}

/**
 * Parses what stands behind `=`: one value, or several between commas, `choice(…)` or `range(…)`.
 * A text without anything is the empty string.
 *
 * @throws {ValueSyntaxError}
 */
export function parseValues(text: string): readonly YamlValue[] {
  const reader = createReader(text)
  reader.skipBlanks()
  if (reader.isAtEnd()) return ['']
  const values: YamlValue[] = [...readChoices(reader)]
  while (reader.take(',')) values.push(...readChoices(reader, 'inner'))
  reader.skipBlanks()
  if (!reader.isAtEnd()) reader.fail(`'${reader.peek()}' cannot stand here`)
  return values
}

interface Reader {
  isAtEnd(): boolean
  peek(): string
  /** Moves past `character`, and blanks before it, when it comes next. */
  take(character: string): boolean
  /** Moves past what `pattern` (sticky) matches here. */
  match(pattern: RegExp): string | undefined
  skipBlanks(): void
  fail(reason: string): never
}

function createReader(text: string): Reader {
  let position = 0
  const match = (pattern: RegExp): string | undefined => {
    const sticky = new RegExp(pattern.source, 'y')
    sticky.lastIndex = position
    const found = sticky.exec(text)?.[0]
    position += found?.length ?? 0
    return found
  }
  return {
    isAtEnd: () => position === text.length,
    peek: () => text.slice(position, position + 1),
    take: (character) => {
      const blanks = /^[ \t]*/.exec(text.slice(position))?.[0].length ?? 0
      if (text.charAt(position + blanks) !== character) return false
      position += blanks + 1
      return true
    },
    match,
    skipBlanks: () => void match(/[ \t]*/),
    fail: (reason) => {
      throw new ValueSyntaxError(position, reason)
    },
  }
}

/** A function gives several values only when it stands alone. */
function readChoices(reader: Reader, place: 'alone' | 'inner' = 'alone'): readonly YamlValue[] {
  reader.skipBlanks()
  const name = reader.match(/[A-Za-z_][\w-]*(?=[ \t]*\()/)
  if (name === undefined) return [readElement(reader)]
  reader.take('(')
  const args = readUntil(reader, ')', () => readElement(reader))
  const values = evaluate(name, args, reader)
  reader.skipBlanks()
  if (place === 'alone' && reader.isAtEnd()) return values
  return reader.fail(`'${name}(…)' cannot stand beside other values`)
}

function evaluate(name: string, args: readonly YamlValue[], reader: Reader): readonly YamlValue[] {
  if (name === 'choice') {
    return args.length === 0 ? reader.fail(`'choice()' names no value`) : args
  }
  if (name === 'range') return rangeOf(args, reader)
  return reader.fail(`the function '${name}' is not supported, only 'choice' and 'range' are`)
}

const mostSteps = 10_000

/** As in Python: `range(stop)`, `range(start, stop)`, `range(start, stop, step)`; the stop is not reached. */
function rangeOf(args: readonly YamlValue[], reader: Reader): readonly YamlValue[] {
  const numbers = args.map((value) =>
    typeof value === 'bigint' || typeof value === 'number' ? value : Number.NaN,
  )
  const [start, stop, step = 1n] = numbers.length === 1 ? [0n, ...numbers] : numbers
  if (start === undefined || stop === undefined || numbers.length > 3) {
    return reader.fail(`'range' takes a stop, or a start, a stop and a step`)
  }
  const [from, to, by] = [Number(start), Number(stop), Number(step)]
  const count = Math.ceil(Number(((to - from) / by).toPrecision(12)))
  if (![from, to, by].every(Number.isFinite) || by === 0) {
    return reader.fail(`'range' takes finite numbers, and a step that is not 0`)
  }
  if (count > mostSteps) return reader.fail(`'range' would give more than ${mostSteps} values`)
  if (count <= 0) return reader.fail(`'range' gives no value`)
  const isWhole = [start, stop, step].every((value) => typeof value === 'bigint')
  // Rounded, so that 0.1 + 0.1 + 0.1 is written 0.3.
  const digits = Math.max(...[start, step].map(decimalsOf))
  return Array.from({ length: count }, (_, i) =>
    isWhole ? BigInt(from + i * by) : Number((from + i * by).toFixed(Math.min(digits, 20))),
  )
}

function decimalsOf(value: bigint | number): number {
  const [, fraction = '', exponent = '0'] = /^-?\d*\.?(\d*)(?:e(.*))?$/.exec(String(value)) ?? []
  return Math.max(0, fraction.length - Number(exponent))
}

function readElement(reader: Reader): YamlValue {
  reader.skipBlanks()
  if (reader.take('[')) return readUntil(reader, ']', () => readElement(reader))
  if (reader.take('{')) return new Map(readUntil(reader, '}', () => readPair(reader)))
  if (/^["']/.test(reader.peek())) return readQuoted(reader)
  return readPlain(reader, plainWord)
}

function readUntil<T>(reader: Reader, close: string, readItem: () => T): T[] {
  const items: T[] = []
  if (reader.take(close)) return items
  do items.push(readItem())
  while (reader.take(','))
  if (!reader.take(close))
    reader.fail(reader.isAtEnd() ? `'${close}' is missing` : badCharacter(reader))
  return items
}

function readPair(reader: Reader): [string, YamlValue] {
  reader.skipBlanks()
  const key = readPlain(reader, plainKey)
  if (!reader.take(':')) reader.fail(`':' is missing behind a key`)
  return [String(key), readElement(reader)]
}

function readQuoted(reader: Reader): string {
  const quote = reader.peek()
  const found = reader.match(
    quote === '"' ? /"(?:(?:\\\\)*|[^]*?[^\\](?:\\\\)*)"/ : /'(?:(?:\\\\)*|[^]*?[^\\](?:\\\\)*)'/,
  )
  if (found === undefined) return reader.fail(`the closing ${quote} is missing`)
  // Backslashes count only before a quote: each pair is one, an odd one keeps the quote.
  const inner = found.slice(1)
  const pattern = quote === '"' ? /(\\+)"/g : /(\\+)'/g
  const unescaped = inner.replaceAll(pattern, (all: string) =>
    Array.from(all)
      .filter((_, i) => i % 2 === 1)
      .join('')
      .concat(all.length % 2 === 1 ? quote : ''),
  )
  return unescaped.endsWith(quote) ? unescaped.slice(0, -1) : unescaped
}

const escapes = String.raw`\\\\|\\[()[\]{}:=, \t]`
const plainWord = new RegExp(String.raw`(?:${escapes}|[\w/\-\\+.$%*@?|: \t])+`)
const plainKey = new RegExp(String.raw`(?:${escapes}|[\w/\-\\+.$%*@?| \t])+`)

function readPlain(reader: Reader, pattern: RegExp): YamlScalar {
  const found = reader.match(pattern)
  if (found?.includes('${') === true || (found?.endsWith('$') === true && reader.peek() === '{')) {
    return reader.fail(`'\${…}' is not supported: write the value`)
  }
  const text = found === undefined ? '' : trimBlanks(found)
  if (text === '')
    return reader.fail(reader.isAtEnd() ? 'a value is missing' : badCharacter(reader))
  return scalarOf(text)
}

/** Without blanks at both ends; one behind a backslash is an escape and stays. */
function trimBlanks(text: string): string {
  const tokens = text.match(new RegExp(`${escapes}|[^]`, 'g')) ?? []
  const start = tokens.findIndex((token) => !isBlank(token))
  const end = tokens.findLastIndex((token) => !isBlank(token))
  return start === -1 ? '' : tokens.slice(start, end + 1).join('')
}

function isBlank(token: string): boolean {
  return token === ' ' || token === '\t'
}

function badCharacter(reader: Reader): string {
  return `'${reader.peek()}' has to stand in quotes`
}

const whole = /^[+-]?(?:0|[1-9](?:_?\d)*)$/
const float =
  /^[+-]?(?:(?:(?:0|[1-9](?:_?\d)*)\.|(?:0|[1-9](?:_?\d)*)?\.\d(?:_?\d)*|(?:0|[1-9](?:_?\d)*)(?=[eE]))(?:[eE][+-]?\d(?:_?\d)*)?)$/

function scalarOf(text: string): YamlScalar {
  const lower = text.toLowerCase()
  if (lower === 'null') return null
  if (lower === 'true' || lower === 'false') return lower === 'true'
  const digits = text.replaceAll('_', '')
  if (whole.test(text)) return BigInt(digits.replace(/^\+/, ''))
  if (float.test(text)) return Number(digits)
  const special = /^([+-]?)(inf|nan)$/.exec(lower)
  if (special !== null)
    return special[2] === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity
  return text.replaceAll(new RegExp(escapes, 'g'), (escape) => escape.slice(1))
}
