import { countCodePoints } from './code-points.ts'
import { parseMoment } from './moment.ts'

/**
 * What a column may hold. `nullable` says that a cell may be missing; the
 * default is that it may not. Bounds are inclusive.
 */
export type Field = ModelField | TextField | TimeField

/** A field whose cells are written as days or as moments. */
export type TimeField = DateField | DatetimeField

/** A field whose cells are numbers: the ones that models take. */
export type ModelField =
  | NumericField
  | {
      readonly type: 'category'
      /** The codes that may stand in a cell, in the order encoders use. */
      readonly levels: readonly number[]
      readonly nullable?: boolean
      readonly description?: string
    }
  | { readonly type: 'boolean'; readonly nullable?: boolean; readonly description?: string }

/** Any text, such as a name or a code with leading zeros; kept as written. White space alone is a missing value. */
export interface TextField {
  readonly type: 'text'
  /** The texts that may stand in a cell; any when absent. */
  readonly levels?: readonly string[]
  /** In code points. */
  readonly maxLength?: number
  readonly nullable?: boolean
  readonly description?: string
}

/** A day of the calendar from year 1 to 9999, written `2025-03-31`; so are the bounds. */
export interface DateField {
  readonly type: 'date'
  readonly min?: string
  readonly max?: string
  readonly nullable?: boolean
  readonly description?: string
}

/**
 * A day with a time of day, in the years 1 to 9999 and in UTC: `2025-03-31T14:05:00Z`, also with a blank for the `T`, up to 9 digits of
 * a second, of which three count, an offset, which is applied, or none; a day alone is its midnight. So are the bounds written.
 */
export interface DatetimeField {
  readonly type: 'datetime'
  readonly min?: string
  readonly max?: string
  readonly nullable?: boolean
  readonly description?: string
}

/** A number; an `integer` has no fraction and lies within ±(2⁵³ − 1), where a double is exact. */
export interface NumericField {
  readonly type: 'integer' | 'number'
  readonly min?: number
  readonly max?: number
  readonly nullable?: boolean
  readonly description?: string
}

/** Fields by column name, in the order of the columns. */
export type Fields = Readonly<Record<string, Field>>

/** The columns of a table, in order, from which every check derives: at ingest, in features, at the API. */
export interface Schema<F extends Fields = Fields> {
  readonly fields: F
}

/**
 * Defines a schema; the compiler then knows every column by name and type.
 *
 * @throws {ToolkitError} never; `defineProject` checks the whole definition at once.
 *
 * @example
 * ```ts
 * import { defineSchema } from 'ml-pipeline-toolkit'
 * const schema = defineSchema({ age: { type: 'integer', min: 18 }, sex: { type: 'category', levels: [1, 2] } })
 * Object.keys(schema.fields) // => ['age', 'sex']
 * ```
 */
export function defineSchema<const F extends Fields>(fields: F): Schema<F> {
  return { fields }
}

/**
 * What is wrong with one value, or `undefined` when the field admits it. Booleans are 0 or 1, dates and moments text such
 * as '2025-03-31'; null, NaN and text of nothing but white space are missing.
 */
export function describeViolation(field: Field, value: number | string | null): string | undefined {
  if (isMissing(value)) {
    return field.nullable === true
      ? undefined
      : `expected ${describeField(field)}, not a missing value`
  }
  if (isAdmitted(field, value)) return undefined
  // What arrives of 2^53 + 1 is 2^53, which says nothing of why it does not fit.
  const number = Number(value)
  const isRounded =
    field.type === 'integer' && Number.isInteger(number) && !Number.isSafeInteger(number)
  return `expected ${describeField(field)}${isRounded ? ' that doubles hold exactly' : ''}`
}

function isMissing(value: number | string | null): value is null {
  return typeof value === 'string' ? isBlank(value) : Number.isNaN(value ?? NaN)
}

/** Whether a text is nothing but white space, which is missing. */
export function isBlank(text: string): boolean {
  return /^[\t\n\f\r ]*$/.test(text)
}

/**
 * The same for a column that a model takes: models compute in 32-bit floats,
 * and a number beyond their range would reach them as infinity.
 */
export function describeInputViolation(
  field: ModelField,
  value: number | null,
): string | undefined {
  if (value !== null && Math.abs(value) > largestFloat) {
    return `expected ${describeField(field)} that fits into 32-bit floating point`
  }
  return describeViolation(field, value)
}

/** The largest finite 32-bit float. */
export const largestFloat = 3.4028234663852886e38

function isAdmitted(field: Field, value: number | string): boolean {
  if (typeof value === 'string') return isAdmittedText(field, value)
  if (!Number.isFinite(value)) return false
  switch (field.type) {
    case 'boolean':
      return value === 0 || value === 1
    case 'category':
      return field.levels.includes(value)
    case 'integer':
      return Number.isSafeInteger(value) && isWithin(field, value)
    case 'number':
      return isWithin(field, value)
    case 'text':
    case 'date':
    case 'datetime':
      return false
  }
}

function isAdmittedText(field: Field, text: string): boolean {
  if (field.type === 'date') {
    // Written with all digits, dates are ordered as their texts are.
    return isDate(text) && text >= (field.min ?? text) && text <= (field.max ?? text)
  }
  if (field.type === 'datetime') return isAdmittedMoment(field, text)
  if (field.type !== 'text') return false
  const { levels, maxLength = Infinity } = field
  return (levels === undefined || levels.includes(text)) && countCodePoints(text) <= maxLength
}

function isAdmittedMoment({ min, max }: DatetimeField, text: string): boolean {
  const [moment, first, last] = [text, min, max].map((each) => each && parseMoment(each))
  return moment !== undefined && moment >= (first ?? -Infinity) && moment <= (last ?? Infinity)
}

/** Whether a text is a value of the type, whatever its field admits. */
export function isTimeText({ type }: Pick<TimeField, 'type'>, text: string): boolean {
  return type === 'date' ? isDate(text) : parseMoment(text) !== undefined
}

/** Whether cells are written as days or as moments. */
export function isTimeField(field: Field): field is TimeField {
  return field.type === 'date' || field.type === 'datetime'
}

/** Whether a text is a day of the calendar, from 0001-01-01 to 9999-12-31. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '0001') return false
  const day = new Date(`${text}T00:00:00Z`)
  // JavaScript takes 2025-02-30 for 2025-03-02.
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

function isWithin(field: NumericField, value: number): boolean {
  return value >= (field.min ?? -Infinity) && value <= (field.max ?? Infinity)
}

/** The field in words: 'an integer from 18 to 100', 'one of 1, 2, 3', '0 or 1'. */
export function describeField(field: Field): string {
  switch (field.type) {
    case 'boolean':
      return '0 or 1'
    case 'category':
      return `one of ${field.levels.join(', ')}`
    case 'integer':
      return `an integer${describeBounds(field)}`
    case 'number':
      return `a number${describeBounds(field)}`
    case 'text':
      return describeTexts(field)
    case 'date':
      return `a date such as 2025-03-31${describeBounds(field)}`
    case 'datetime':
      return `a time such as 2025-03-31T14:05:00Z${describeBounds(field)}`
  }
}

function describeTexts({ levels, maxLength }: TextField): string {
  if (levels !== undefined) return `one of ${levels.map((level) => `'${level}'`).join(', ')}`
  return maxLength === undefined ? 'a text' : `a text of at most ${maxLength} characters`
}

function describeBounds({ min, max }: NumericField | TimeField): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of at least ${min}`
  return max === undefined ? '' : ` of at most ${max}`
}

/** Whether a value read from a file is a field definition. */
export function isField(value: unknown): value is Field {
  if (isModelField(value)) return true
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  const { type } = value
  if (type === 'date' || type === 'datetime') {
    return hasTime({ ...value, type }, 'min') && hasTime({ ...value, type }, 'max')
  }
  if (value.type !== 'text') return false
  const levels = 'levels' in value ? value.levels : []
  return Array.isArray(levels) && levels.every((level) => typeof level === 'string')
}

function hasTime(value: Pick<TimeField, 'type'>, name: 'min' | 'max'): boolean {
  const bound: unknown = Reflect.get(value, name)
  return bound === undefined || (typeof bound === 'string' && isTimeText(value, bound))
}

/** The same for a field that a model takes. */
export function isModelField(value: unknown): value is ModelField {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  if (value.type === 'category') {
    return 'levels' in value && Array.isArray(value.levels) && value.levels.every(Number.isFinite)
  }
  return value.type === 'boolean' || value.type === 'integer' || value.type === 'number'
}
