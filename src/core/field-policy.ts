/** What a server does with a value that a column does not admit. */

import { isObject } from './json.ts'

/**
 * The ways in which a value may not fit and yet be scored. Whatever else is wrong, a text, a fraction among whole
 * numbers, an unknown column, is refused always.
 */
export const policyCases = ['missing', 'outOfRange', 'unknownLevel'] as const

/** 'missing': null or absent where nothing may be; 'outOfRange': beyond min or max; 'unknownLevel': no level of the category. */
export type PolicyCase = (typeof policyCases)[number]

/** Refuse the request, which is the default; score another value in its place; score it as it is. Both others are told in the answer. */
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
