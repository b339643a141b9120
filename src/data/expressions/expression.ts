/**
 * A feature as data: plain JSON that `toFunction` and `toSql` compile, so that one definition serves both.
 *
 * One rule for what is missing: a number is finite or missing, and an operator with a missing operand is
 * missing. Hence NULL, NaN and infinity in a column are missing, and so are division by zero, the
 * logarithm of zero or less, the root of a negative number and any overflow. `and`, `or` and `choose`
 * keep the rule too: a missing condition decides nothing. Only `isMissing` and `fill` see what is missing.
 */
export type Expression = NumberExpression | BooleanExpression | TextExpression

/** What is a finite number or missing. */
export type NumberExpression =
  | { readonly kind: 'numberColumn'; readonly name: string }
  | { readonly kind: 'number'; readonly value: number }
  | Arithmetic
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: NumberExpression }
  | Choice
  | Fill
  | Lookup

/** What is true, false or missing. */
export type BooleanExpression =
  | { readonly kind: 'booleanColumn'; readonly name: string }
  | Comparison
  | Logic
  | { readonly kind: 'not'; readonly operand: BooleanExpression }
  | { readonly kind: 'isMissing'; readonly operand: Expression }
  | Membership

/** What is a text or missing; the empty text is a text. */
export interface TextExpression {
  readonly kind: 'textColumn'
  readonly name: string
}

/** Two numbers make one; `min` and `max` are missing when either side is. */
export interface Arithmetic {
  readonly kind: 'arithmetic'
  readonly operator: ArithmeticOperator
  readonly left: NumberExpression
  readonly right: NumberExpression
}

/** Two numbers compared; −0 equals 0. */
export interface Comparison {
  readonly kind: 'comparison'
  readonly operator: ComparisonOperator
  readonly left: NumberExpression
  readonly right: NumberExpression
}

/** Both, or at least one; missing when either side is, whatever the other says. */
export interface Logic {
  readonly kind: 'logic'
  readonly operator: LogicOperator
  readonly left: BooleanExpression
  readonly right: BooleanExpression
}

/** One of two numbers; missing when the condition is. */
export interface Choice {
  readonly kind: 'choice'
  readonly condition: BooleanExpression
  readonly whenTrue: NumberExpression
  readonly whenFalse: NumberExpression
}

/** A number, or another one where it is missing. */
export interface Fill {
  readonly kind: 'fill'
  readonly operand: NumberExpression
  readonly replacement: NumberExpression
}

/** The number of a category; `otherwise` for a category that is not listed, a missing one stays missing. */
export interface Lookup {
  readonly kind: 'lookup'
  readonly operand: TextExpression
  readonly entries: readonly (readonly [text: string, number: number])[]
  readonly otherwise: number | null
}

/** Whether a text is one of the listed ones, to the letter. */
export interface Membership {
  readonly kind: 'membership'
  readonly operand: TextExpression
  readonly texts: readonly string[]
}

/** `divide` by zero is missing. */
export type ArithmeticOperator = 'add' | 'subtract' | 'multiply' | 'divide' | 'min' | 'max'

/** `log` is the natural one; `log1p` is log(1 + x), exact near zero. */
export type UnaryOperator = 'negate' | 'abs' | 'sqrt' | 'exp' | 'log' | 'log1p'

/** The six orders of two numbers. */
export type ComparisonOperator =
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessOrEqual'
  | 'greater'
  | 'greaterOrEqual'

/** The two ways of joining conditions. */
export type LogicOperator = 'and' | 'or'
