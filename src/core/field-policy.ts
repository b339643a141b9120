/** What becomes of a value that a column does not admit: in a server, at the edge and in a scored file alike. */

import { encodeCoded, isCodedField, type InputField } from './input-field.ts'
import { isObject } from './json.ts'
import { isBlank, isTimeField, isTimeText, largestFloat, type Field } from './schema.ts'

/**
 * The ways in which a value may not fit and yet be scored. Whatever else is wrong, a text among numbers, a fraction
 * among whole numbers, what is no day of the calendar or no moment, an unknown column, is refused always.
 */
export const policyCases = ['missing', 'outOfRange', 'unknownLevel', 'tooLong'] as const

/**
 * 'missing': null or absent where nothing may be; 'outOfRange': a number, a date or a moment beyond min or max; 'unknownLevel': no
 * level of the category or the text; 'tooLong': a text beyond maxLength.
 */
export type PolicyCase = (typeof policyCases)[number]

/** Refuse the row, which is the default; score another value in its place; score it as it is. Both others are told in the answer. */
export type PolicyAction = 'reject' | 'impute' | 'warn'

/** The policy of one column, as a model carries it to whoever serves it. */
export interface FieldPolicy {
  /** There is nothing to score as it is. */
  readonly missing?: 'reject' | 'impute'
  readonly outOfRange?: PolicyAction
  readonly unknownLevel?: PolicyAction
  readonly tooLong?: PolicyAction
  /**
   * What is scored where the policy is to impute: a number, a text, or a day such as '2025-03-31', as the column has
   * them; a missing value when absent, which the model then has to admit.
   */
  readonly value?: number | string
}

/** Policies by column; a column without one refuses what does not fit. */
export type FieldPolicies = Readonly<Record<string, FieldPolicy>>

/**
 * In which way a value of the field's type does not fit it and may be scored all the same; none for a boolean. A text
 * that has levels is none of them, however long it is.
 */
export function valueCaseOf(field: Field): Exclude<PolicyCase, 'missing'> | undefined {
  switch (field.type) {
    case 'category':
      return 'unknownLevel'
    case 'integer':
    case 'number':
    case 'date':
    case 'datetime':
      return 'outOfRange'
    case 'text':
      return field.levels === undefined ? 'tooLong' : 'unknownLevel'
    case 'boolean':
      return undefined
  }
}

/**
 * In which way a value that does not fit may be scored all the same; `undefined` where no policy can help: what is
 * no value of the field's type, a fraction among whole numbers, what 32-bit floats do not hold. A file is asked the
 * same by `isPassedSql`.
 *
 * @param cell - a value that the field does not admit
 */
export function policyCaseOf(field: InputField, cell: unknown): PolicyCase | undefined {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return 'missing'
  if (isCodedField(field)) return typeof cell === 'string' ? textCaseOf(field, cell) : undefined
  if (typeof cell !== 'number' || Math.abs(cell) > largestFloat) return undefined
  if (field.type === 'integer' && !Number.isSafeInteger(cell)) return undefined
  return valueCaseOf(field)
}

function textCaseOf(field: InputField, text: string): PolicyCase | undefined {
  if (isBlank(text)) return 'missing'
  return isTimeField(field) && !isTimeText(field, text) ? undefined : valueCaseOf(field)
}

/** The number that is scored for a value that is let through, or in its place: NaN where that is missing. */
export function encodeUsed(field: InputField, used: number | string | undefined): number {
  if (typeof used !== 'string') return used ?? Number.NaN
  return isCodedField(field) ? encodeCoded(field, used) : Number.NaN
}

/** Whether a value read from a file is a policy of such a field. */
export function isFieldPolicy(value: unknown, field: InputField): value is FieldPolicy {
  return (
    isObject(value) &&
    Object.entries(value).every(([name, member]) => {
      if (name === 'value') return isImputable(member, field)
      if (name === 'missing') return member === 'reject' || member === 'impute'
      return policyCases.some((known) => known === name) && isAction(member)
    })
  )
}

function isImputable(value: unknown, field: InputField): boolean {
  if (!isCodedField(field)) return Number.isFinite(value)
  return (
    typeof value === 'string' && (isTimeField(field) ? isTimeText(field, value) : !isBlank(value))
  )
}

function isAction(value: unknown): boolean {
  return value === 'reject' || value === 'impute' || value === 'warn'
}
