/** The expressions of suite parameters, such as `rows * 0.9`. */

import { ToolkitError } from '../../../core/errors.ts'
import { nameHint } from '../../../core/nearest.ts'
import type { JsonObject, JsonValue } from '../outcome.ts'

/**
 * Numbers, parameters, `+ - * / ^`, parentheses, PI, E and the functions sin,
 * cos, tan, exp, abs, trunc, round and sgn. A name alone is its parameter,
 * whatever that is.
 *
 * GX's `now`, `datetime` and `timedelta` are refused by name: a suite that
 * depends on the clock gives another verdict tomorrow on the same data. Give
 * the date as a parameter.
 *
 * @param place - the argument, for messages
 * @throws {ToolkitError} `SUITE_INVALID`
 */
export function evaluateExpression(
  expression: string,
  parameters: JsonObject,
  place: string,
): JsonValue {
  const name = expression.trim()
  if (Object.hasOwn(parameters, name)) return parameters[name]!
  const reader: Reader = { tokens: tokenize(expression, place), next: 0, parameters, place }
  const value = readSum(reader)
  const rest = reader.tokens[reader.next]
  if (rest !== undefined) throw wrong(reader, `'${expression}' has '${rest}' too much`)
  if (!Number.isFinite(value)) throw wrong(reader, `'${expression}' has no finite value`)
  return value
}

interface Reader {
  readonly tokens: readonly string[]
  next: number
  readonly parameters: JsonObject
  readonly place: string
}

function tokenize(expression: string, place: string): string[] {
  const token =
    /\s*(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[\p{L}_][\p{L}\p{N}_.]*|[-+*/^(),])\s*/uy
  const tokens: string[] = []
  while (token.lastIndex < expression.length) {
    const start = token.lastIndex
    const found = token.exec(expression)?.[1]
    if (found === undefined) {
      throw new ToolkitError(
        'SUITE_INVALID',
        `'${place}' has the parameter '${expression}', which is not understood from column ${start + 1}`,
        { hint: 'write numbers, names of parameters, + - * / ^ and parentheses' },
      )
    }
    tokens.push(found)
  }
  return tokens
}

function readSum(reader: Reader): number {
  let value = readProduct(reader)
  for (;;) {
    if (take(reader, '+')) value += readProduct(reader)
    else if (take(reader, '-')) value -= readProduct(reader)
    else return value
  }
}

function readProduct(reader: Reader): number {
  let value = readSigned(reader)
  for (;;) {
    if (take(reader, '*')) value *= readSigned(reader)
    else if (take(reader, '/')) value /= readSigned(reader)
    else return value
  }
}

function readSigned(reader: Reader): number {
  if (take(reader, '-')) return -readSigned(reader)
  const base = readAtom(reader)
  return take(reader, '^') ? base ** readSigned(reader) : base
}

function readAtom(reader: Reader): number {
  if (take(reader, '(')) return readClosed(reader)
  const token = reader.tokens[reader.next]
  reader.next += 1
  if (token === undefined) throw wrong(reader, 'the expression ends too early')
  if (/^[\d.]/.test(token)) return Number(token)
  if (!/^[\p{L}_]/u.test(token)) throw wrong(reader, `'${token}' stands where a value should`)
  return take(reader, '(') ? callFunction(reader, token) : valueOfName(reader, token)
}

function readClosed(reader: Reader): number {
  const value = readSum(reader)
  if (!take(reader, ')')) throw wrong(reader, "a ')' is missing")
  return value
}

function callFunction(reader: Reader, name: string): number {
  const call = functions.get(name)
  if (call !== undefined) return call(readClosed(reader))
  const hint = clockFunctions.has(name)
    ? 'give the date as a parameter, so that the same data gets the same verdict tomorrow'
    : nameHint(name, [...functions.keys()], 'functions')
  throw wrong(reader, `'${name}' is no function this version knows`, hint)
}

const clockFunctions: ReadonlySet<string> = new Set(['now', 'datetime', 'timedelta'])

const functions: ReadonlyMap<string, (value: number) => number> = new Map([
  ['sin', Math.sin],
  ['cos', Math.cos],
  ['tan', Math.tan],
  ['exp', Math.exp],
  ['abs', Math.abs],
  ['trunc', Math.trunc],
  ['round', roundHalfToEven],
  ['sgn', Math.sign],
])

/** As Python rounds. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value)
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

function valueOfName(reader: Reader, name: string): number {
  const { parameters } = reader
  if (Object.hasOwn(parameters, name)) {
    const given = parameters[name]
    // JavaScript reads a blank text as 0.
    const value = typeof given === 'string' && given.trim() === '' ? NaN : Number(given)
    if (typeof given !== 'object' && !Number.isNaN(value)) return value
    throw wrong(reader, `the parameter '${name}' is ${JSON.stringify(given)}, expected a number`)
  }
  if (name === 'PI') return Math.PI
  if (name === 'E') return Math.E
  const known = Object.keys(parameters)
  const hint =
    known.length === 0
      ? `give it with --param ${name}=…, or in 'suite_parameters'`
      : nameHint(name, known, 'parameters given')
  throw wrong(reader, `the parameter '${name}' has no value`, hint)
}

function take(reader: Reader, token: string): boolean {
  if (reader.tokens[reader.next] !== token) return false
  reader.next += 1
  return true
}

function wrong({ place }: Reader, problem: string, hint?: string): ToolkitError {
  return new ToolkitError('SUITE_INVALID', `'${place}': ${problem}`, { hint })
}
