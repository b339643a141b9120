/** What becomes of a value that a column does not admit: in a server, at the edge and in a scored file alike. */

import { isObject } from './json.ts'
import type { InputField } from './input-field.ts'
import { largestFloat } from './schema.ts'

/**
 * The ways in which a value may not fit and yet be scored. Whatever else is wrong, a text, a fraction among whole
 * numbers, an unknown column, is refused always.
 */
export const policyCases = ['missing', 'outOfRange', 'unknownLevel'] as const

/** 'missing': null or absent where nothing may be; 'outOfRange': beyond min or max; 'unknownLevel': no level of the category. */
export type PolicyCase = (typeof policyCases)[number]

/** Refuse the row, which is the default; score another value in its place; score it as it is. Both others are told in the answer. */
export type PolicyAction = 'reject' | 'impute' | 'warn'

/** The policy of one column, as a model carries it to whoever serves it. */
export interface FieldPolicy {
  /** There is nothing to score as it is. */
  readonly missing?: 'reject' | 'impute'
  readonly outOfRange?: PolicyAction
  readonly unknownLevel?: PolicyAction
  /** What is scored where the policy is to impute; a missing value when absent, which the model then has to admit. */
  readonly value?: number
}

/** Policies by column; a column without one refuses what does not fit. */
export type FieldPolicies = Readonly<Record<string, FieldPolicy>>

/** In which way a number does not fit such a field and may be scored all the same; none for a boolean, a text or a date. */
export function numberCaseOf({ type }: InputField): PolicyCase | undefined {
  switch (type) {
    case 'category':
      return 'unknownLevel'
    case 'integer':
    case 'number':
      return 'outOfRange'
    case 'boolean':
    case 'text':
    case 'date':
      return undefined
  }
}

/**
 * In which way a value that does not fit may be scored all the same; `undefined` where no policy can help: what is
 * no number, a fraction among whole numbers, what 32-bit floats do not hold. A file is asked the same by
 * `isPassedSql`.
 *
 * @param cell - a value that the field does not admit
 */
export function policyCaseOf(field: InputField, cell: unknown): PolicyCase | undefined {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return 'missing'
  if (typeof cell !== 'number' || Math.abs(cell) > largestFloat) return undefined
  if (field.type === 'integer' && !Number.isSafeInteger(cell)) return undefined
  return numberCaseOf(field)
}

/** Whether a value read from a file is a policy. */
export function isFieldPolicy(value: unknown): value is FieldPolicy {
  return (
    isObject(value) &&
    Object.entries(value).every(([name, member]) => {
      if (name === 'value') return Number.isFinite(member)
      if (name === 'missing') return member === 'reject' || member === 'impute'
      return policyCases.some((known) => known === name) && isAction(member)
    })
  )
}

function isAction(value: unknown): boolean {
  return value === 'reject' || value === 'impute' || value === 'warn'
}
