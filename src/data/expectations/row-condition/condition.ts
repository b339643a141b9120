/** A condition on rows: which of them an expectation is about. */

import type { SetMember } from '../kwargs.ts'

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>='

export type Operand =
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'value'; readonly value: Exclude<SetMember, null> }

/** As pandas has it: a comparison with a missing value is false, `!=` and "not in" are true. */
export type RowCondition =
  | {
      readonly kind: 'comparison'
      readonly operator: ComparisonOperator
      readonly left: Operand
      readonly right: Operand
    }
  | { readonly kind: 'membership'; readonly column: string; readonly members: readonly SetMember[] }
  | { readonly kind: 'nullity'; readonly column: string }
  /** A column of booleans that stands alone. */
  | { readonly kind: 'truth'; readonly column: string }
  | { readonly kind: 'not'; readonly condition: RowCondition }
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly RowCondition[] }
