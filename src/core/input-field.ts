/**
 * What a model takes, and the numbers that stand for it: a matrix has no texts and no dates. A date is its days since
 * 1970-01-01, a moment its milliseconds since that day began, a text its place among the texts that the model tells apart, or `otherText`; missing is NaN.
 */

import { formatMoment, parseMoment } from './moment.ts'
import {
  describeInputViolation,
  describeViolation,
  isBlank,
  isField,
  isModelField,
  isTimeField,
  type Field,
  type ModelField,
  type TextField,
  type TimeField,
} from './schema.ts'

/**
 * A text that a model takes: it tells apart those that it learnt of or names; all others are one to it. Without `known`
 * only the model knows which, and is given the texts themselves: one that another program made.
 */
export interface KnownTextField extends TextField {
  /** Each once. */
  readonly known?: readonly string[]
}

/** A field of a column that a model takes. */
export type InputField = ModelField | TimeField | KnownTextField

/** The columns that a model takes, by name. */
export type InputFields = Readonly<Record<string, InputField>>

/** Stands for a text that the model does not know. */
export const otherText = -1

/** How a text that the model does not know is written where only its number is left. */
export const otherTextName = '(another text)'

/** Whether its cells are texts, dates or moments, which numbers stand for. */
export function isCodedField(field: Field): field is TimeField | TextField {
  return isTimeField(field) || field.type === 'text'
}

/** Whether a value read from a file is a field that a model takes. */
export function isInputField(value: unknown): value is InputField {
  if (isModelField(value)) return true
  if (!isField(value)) return false
  if (isTimeField(value)) return true
  const known: unknown = Reflect.get(value, 'known')
  if (known === undefined) return true
  return (
    Array.isArray(known) &&
    known.every((text) => typeof text === 'string') &&
    new Set(known).size === known.length
  )
}

/** Whether the model is given the texts themselves: no number stands for them. */
export function isPlainText(field: Field): boolean {
  return field.type === 'text' && Reflect.get(field, 'known') === undefined
}

/** The number of a cell, `undefined` when the field does not admit it. @param cell - true and false for booleans only */
export function encodeInput(field: InputField, cell: unknown): number | undefined {
  if (cell === null || cell === undefined) return field.nullable === true ? Number.NaN : undefined
  if (typeof cell === 'string') return encodeText(field, cell)
  const value = typeof cell === 'boolean' && field.type === 'boolean' ? Number(cell) : cell
  if (typeof value !== 'number' || isCodedField(field)) return undefined
  return describeInputViolation(field, value) === undefined ? value : undefined
}

function encodeText(field: InputField, text: string): number | undefined {
  if (!isCodedField(field) || describeViolation(field, text) !== undefined) return undefined
  return encodeCoded(field, text)
}

/**
 * The number of a text, of a day of the calendar or of a moment, whether or not the field admits it; NaN where it is missing.
 *
 * @param text - nothing but white space is missing
 */
export function encodeCoded(field: TimeField | KnownTextField, text: string | null): number {
  if (text === null || isBlank(text)) return Number.NaN
  if (field.type === 'datetime') return parseMoment(text) ?? Number.NaN
  return field.type === 'date' ? Date.parse(`${text}T00:00:00Z`) / dayMs : codeOfText(field, text)
}

/** The cell that a number stands for: a text of the field, `otherTextName`, or the number itself; `null` where missing. */
export function decodeInput(field: InputField, value: number): number | string | null {
  if (Number.isNaN(value)) return null
  if (field.type === 'date') return dateOfDays(value) ?? null
  if (field.type === 'datetime') return formatMoment(value) ?? null
  return field.type === 'text' ? (field.known?.[value] ?? otherTextName) : value
}

/** The cells of a row in the order of the columns, as numbers; what is absent or not admitted is missing. */
export function encodeRow(
  inputs: InputFields,
  row: Readonly<Record<string, unknown>>,
): Float32Array {
  return Float32Array.from(
    Object.entries(inputs),
    ([name, field]) => encodeInput(field, row[name]) ?? Number.NaN,
  )
}

const dayMs = 86_400_000

/** The days from 1970-01-01 to the first and last day that a date may be: 0001-01-01 and 9999-12-31. */
export const dayBounds = { first: -719_162, last: 2_932_896 } as const

/** The date of so many days since 1970-01-01; `undefined` for what is no whole number, or beyond {@link dayBounds}. */
export function dateOfDays(days: number): string | undefined {
  if (!Number.isInteger(days) || days < dayBounds.first || days > dayBounds.last) return undefined
  return new Date(days * dayMs).toISOString().slice(0, 10)
}

/** Made once a field: a request looks each text up. */
const places = new WeakMap<KnownTextField, ReadonlyMap<string, number>>()

function codeOfText(field: KnownTextField, text: string): number {
  let known = places.get(field)
  if (known === undefined) {
    known = new Map((field.known ?? []).map((each, place) => [each, place]))
    places.set(field, known)
  }
  return known.get(text) ?? otherText
}
