/** What a filter says, as a tree. */

import type { Field } from './searchable.ts'

export type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=' | 'LIKE' | 'ILIKE' | 'IN'

export type Condition =
  /** True when it has no conditions. */
  | { readonly kind: 'all'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'any'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'not'; readonly condition: Condition }
  /** IS NULL: there is no value. */
  | { readonly kind: 'missing'; readonly field: Field }
  | Comparison

/** Holds for no field without a value, whatever the operator. */
export interface Comparison {
  readonly kind: 'comparison'
  readonly field: Field
  readonly operator: Operator
  /** NOT LIKE, NOT ILIKE, NOT IN: there is a value, and it does not fit. */
  readonly isNegated: boolean
  /** One, but for IN. */
  readonly values: readonly (string | number)[]
}
