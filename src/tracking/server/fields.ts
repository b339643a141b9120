/**
 * What an endpoint takes, said once: it reads the values, checks them as MLflow's server does,
 * and describes itself in the OpenAPI document.
 */

import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { Pairs } from '../../core/tracking.ts'

/** One field of a request. */
export interface Field<T> {
  readonly isRequired: boolean
  /** JSON Schema of what may be sent. */
  readonly schema: Readonly<Record<string, unknown>>
  /**
   * @param value - `undefined` when absent or null
   * @param path - of the field, for messages: `metrics[0].value`
   * @throws {ToolkitError} `TRACKING_INVALID`
   */
  readonly read: (value: unknown, path: string) => T
}

/** The fields of a message, by their names in snake_case. */
export type Fields = Readonly<Record<string, Field<unknown>>>

/** What fields read. */
export type Values<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never
}

/** A text; absent is `undefined`. */
export const text: Field<string | undefined> = {
  isRequired: false,
  schema: { type: 'string' },
  read: (value, path) => {
    if (value === undefined || typeof value === 'string') return value
    throw invalidValue(path, value, 'a text')
  },
}

/** A text that is there and not empty. */
export const requiredText: Field<string> = {
  isRequired: true,
  schema: { type: 'string', minLength: 1 },
  read: (value, path) => {
    const found = text.read(value, path)
    if (found !== undefined && found !== '') return found
    throw missingParameter(path)
  },
}

/** A text that has to be there and may be empty. */
export const anyText: Field<string> = {
  isRequired: true,
  schema: { type: 'string' },
  read: (value, path) => {
    const found = text.read(value, path)
    if (found !== undefined) return found
    throw missingParameter(path)
  },
}

/** A whole number, which may come as text or as `1.0`; absent is `undefined`. */
export const integer: Field<number | undefined> = {
  isRequired: false,
  schema: { type: 'integer', format: 'int64' },
  read: (value, path) => {
    if (value === undefined) return undefined
    const number = typeof value === 'string' && /^-?\d+(?:\.0+)?$/.test(value) ? +value : value
    if (typeof number === 'number' && Number.isSafeInteger(number)) return number
    throw invalidValue(path, value, 'an integer')
  },
}

/** A whole number from 1 to `most`; `fallback` when absent. */
export function integerUpTo(
  most: number,
  { fallback, unit }: { readonly fallback: number; readonly unit: string },
): Field<number> {
  return {
    isRequired: false,
    schema: { ...integer.schema, minimum: 1, maximum: most },
    read: (value, path) => {
      const number = integer.read(value, path) ?? fallback
      if (number >= 1 && number <= most) return number
      throw invalidValue(path, number, `1 to ${most} ${unit}`)
    },
  }
}

/** A number, or `NaN`, `Infinity` or `-Infinity` as text; `true` is 1. Absent is `undefined`. */
export const double: Field<number | undefined> = {
  isRequired: false,
  schema: {
    anyOf: [{ type: 'number' }, { enum: ['NaN', 'Infinity', '-Infinity'] }],
  },
  read: (value, path) => {
    if (value === undefined) return undefined
    if (typeof value === 'number') return value
    if (typeof value === 'boolean') return Number(value)
    const number = typeof value === 'string' ? toDouble(value) : undefined
    if (number !== undefined) return number
    throw invalidValue(path, value, 'a number')
  },
}

function toDouble(value: string): number | undefined {
  if (value === 'NaN') return Number.NaN
  const number = value.trim() === '' ? Number.NaN : Number(value)
  return Number.isNaN(number) ? undefined : number
}

/** `true` or `false`, also as text; absent is `false`. */
export const flag: Field<boolean> = {
  isRequired: false,
  schema: { type: 'boolean' },
  read: (value, path) => {
    if (value === undefined) return false
    if (value === true || value === 'true') return true
    if (value === false || value === 'false') return false
    throw invalidValue(path, value, 'true or false')
  },
}

/** A name of a list, or its number there, counted from 1; absent is `undefined`. */
export function oneOf<T extends string>(names: readonly T[]): Field<T | undefined> {
  return {
    isRequired: false,
    schema: { type: 'string', enum: names },
    read: (value, path) => {
      if (value === undefined || value === '') return undefined
      const isNumber =
        typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value))
      const found = names.find((name, i) => name === value || (isNumber && i + 1 === Number(value)))
      if (found !== undefined) return found
      throw invalidValue(path, value, `one of ${names.join(', ')}`)
    },
  }
}

/** A list. Absent is empty. */
export function list<T>(item: Field<T>, most = Infinity): Field<readonly T[]> {
  return {
    isRequired: false,
    schema: {
      type: 'array',
      items: item.schema,
      ...(Number.isFinite(most) && { maxItems: most }),
    },
    read: (value, path) => {
      if (value === undefined) return []
      if (!Array.isArray(value)) throw invalidValue(path, value, 'a list')
      const items: readonly unknown[] = value
      if (items.length > most) {
        throw new ToolkitError(
          'TRACKING_INVALID',
          `Invalid value for parameter '${path}' supplied: it has ${items.length} items, at most ${most} are allowed`,
        )
      }
      return items.map((each, i) => item.read(each ?? undefined, `${path}[${i}]`))
    },
  }
}

/** An object within a message. Fields that are not known are passed over. */
export function object<F extends Fields>(fields: F): Field<Values<F>> {
  const read = createReader(fields)
  const requiredNames = Object.keys(fields).filter((name) => fields[name]?.isRequired)
  return {
    isRequired: false,
    schema: {
      type: 'object',
      properties: Object.fromEntries(
        Object.entries(fields).map(([name, { schema }]) => [name, schema]),
      ),
      ...(requiredNames.length > 0 && { required: requiredNames }),
    },
    read: (value, path) => {
      if (isObject(value)) return read(value, `${path}.`)
      throw invalidValue(path, value, 'an object')
    },
  }
}

/** What has to be there; an empty text is nothing. */
export function required<T>(field: Field<T | undefined>): Field<T> {
  return {
    isRequired: true,
    schema: field.schema,
    read: (value, path) => {
      const found = value === '' ? undefined : field.read(value, path)
      if (found !== undefined) return found
      throw missingParameter(path)
    },
  }
}

/** An object that may be absent. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    ...field,
    isRequired: false,
    read: (value, path) => (value === undefined ? undefined : field.read(value, path)),
  }
}

/** `{key, value}`, MLflow's way to write a pair; a value that is absent is empty. */
const pair: Field<{ readonly key: string; readonly value: string }> = mapped(
  object({ key: requiredText, value: text }),
  ({ key, value = '' }) => ({ key, value }),
)

/** As they were sent, also those that name a key again. */
export const pairList = list(pair)

/** Of the same key the last counts. */
export const pairs: Field<Pairs> = mapped(pairList, toPairs)

export function toPairs(sent: readonly { readonly key: string; readonly value: string }[]): Pairs {
  return Object.fromEntries(sent.map(({ key, value }) => [key, value]))
}

/** What a field reads, as something else. */
function mapped<T, U>(field: Field<T>, to: (value: T) => U): Field<U> {
  return { ...field, read: (value, path) => to(field.read(value, path)) }
}

/**
 * Reads the fields of a message, in snake_case or lowerCamelCase.
 *
 * @throws {ToolkitError} `TRACKING_INVALID`
 */
export function readFields<F extends Fields>(
  fields: F,
  message: Readonly<Record<string, unknown>>,
): Values<F> {
  return createReader(fields)(message, '')
}

type Message = Readonly<Record<string, unknown>>

/** Names are worked out once: a batch has a thousand messages of one kind. */
function createReader<F extends Fields>(
  fields: F,
): (message: Message, prefix: string) => Values<F> {
  const known = Object.entries(fields).map(([name, field]) => {
    const camelName = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    return { name, camelName, field }
  })
  return (message, prefix) => {
    const values: Record<string, unknown> = {}
    for (const { name, camelName, field } of known) {
      values[name] = field.read(pick(message, name, camelName), prefix + name)
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value was read by its own field
    return values as Values<F>
  }
}

function pick(message: Message, name: string, camelName: string): unknown {
  const hasSnake = Object.hasOwn(message, name)
  const hasCamel = camelName !== name && Object.hasOwn(message, camelName)
  if (hasSnake && hasCamel) {
    throw new ToolkitError('TRACKING_INVALID', `'${name}' and '${camelName}' are the same field`)
  }
  const value = hasSnake ? message[name] : hasCamel ? message[camelName] : undefined
  return value ?? undefined
}

/** @throws {ToolkitError} `TRACKING_INVALID`, with the wording that clients look for. */
export function missingParameter(name: string): ToolkitError {
  return new ToolkitError(
    'TRACKING_INVALID',
    `Missing value for required parameter '${name}'. See the API docs for more information about request parameters.`,
  )
}

export function invalidValue(name: string, value: unknown, expected: string): ToolkitError {
  const shown = isDeeperThan(mostShownDepth, value) ? '…' : JSON.stringify(value)?.slice(0, 200)
  return new ToolkitError(
    'TRACKING_INVALID',
    `Invalid value ${shown} for parameter '${name}' supplied: expected ${expected}`,
  )
}

/** What is nested deeper is a mistake or an attack, and would overflow the stack. */
const mostShownDepth = 50

function isDeeperThan(depth: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(depth - 1, inner))
}
