/**
 * What a column may hold. `nullable` says that a cell may be missing; the
 * default is that it may not. Bounds are inclusive.
 */
export type Field =
  | NumericField
  | {
      readonly type: 'category'
      /** The codes that may stand in a cell, in the order encoders use. */
      readonly levels: readonly number[]
      readonly nullable?: boolean
      readonly description?: string
    }
  | { readonly type: 'boolean'; readonly nullable?: boolean; readonly description?: string }

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

/** What is wrong with one value, or `undefined` when the field admits it. Booleans are 0 or 1. */
export function describeViolation(field: Field, value: number | null): string | undefined {
  if (value === null || Number.isNaN(value)) {
    return field.nullable === true
      ? undefined
      : `expected ${describeField(field)}, not a missing value`
  }
  return isAdmitted(field, value) ? undefined : `expected ${describeField(field)}`
}

/**
 * The same for a column that a model takes: models compute in 32-bit floats,
 * and a number beyond their range would reach them as infinity.
 */
export function describeInputViolation(field: Field, value: number | null): string | undefined {
  if (value !== null && Math.abs(value) > largestFloat) {
    return `expected ${describeField(field)} that fits into 32-bit floating point`
  }
  return describeViolation(field, value)
}

/** The largest finite 32-bit float. */
export const largestFloat = 3.4028234663852886e38

function isAdmitted(field: Field, value: number): boolean {
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
  }
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
  }
}

function describeBounds({ min, max }: NumericField): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of at least ${min}`
  return max === undefined ? '' : ` of at most ${max}`
}

/** Whether a value read from a file is a field definition. */
export function isField(value: unknown): value is Field {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  if (value.type === 'category') {
    return 'levels' in value && Array.isArray(value.levels) && value.levels.every(Number.isFinite)
  }
  return value.type === 'boolean' || value.type === 'integer' || value.type === 'number'
}
