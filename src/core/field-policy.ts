/** What a server does with a value that a column does not admit. */

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
