/**
 * A feature as data: plain JSON that `toSql`, `toFunction` and `toOnnx` compile, so that one definition serves the
 * batch, a row in memory and the model's graph.
 *
 * One rule for what is missing: a number is finite or missing, and an operator with a missing operand is
 * missing. Hence NULL, NaN and infinity in a column are missing, and so are division by zero, the
 * logarithm of zero or less, the root of a negative number and any overflow. `and`, `or` and `choose`
 * keep the rule too: a missing condition decides nothing. Only `isMissing` and `fill` see what is missing.
 * A text has letters or is missing, and a date or a moment lies in the years 1 to 9999 or is missing.
 */
export type Expression =
  | NumberExpression
  | BooleanExpression
  | TextExpression
  | DateExpression
  | DatetimeExpression

/** What is a finite number or missing. */
export type NumberExpression =
  | { readonly kind: 'numberColumn'; readonly name: string }
  | { readonly kind: 'number'; readonly value: number }
  | Arithmetic
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: NumberExpression }
  | Choice
  | Fill
  | Lookup
  | NumberLookup
  | DatePart
  | { readonly kind: 'daysBetween'; readonly from: DateExpression; readonly to: DateExpression }
  | DatetimePart
  | {
      readonly kind: 'secondsBetween'
      readonly from: DatetimeExpression
      readonly to: DatetimeExpression
    }
  | { readonly kind: 'textLength'; readonly operand: TextExpression }
  | Hash
  | Aggregate

/** What is true, false or missing. */
export type BooleanExpression =
  | { readonly kind: 'booleanColumn'; readonly name: string }
  | Comparison
  | Logic
  | { readonly kind: 'not'; readonly operand: BooleanExpression }
  | { readonly kind: 'isMissing'; readonly operand: Expression }
  | Membership

/** What is a text or missing; the empty text is missing. `lower` changes the letters A to Z only. */
export type TextExpression =
  | { readonly kind: 'textColumn'; readonly name: string }
  | { readonly kind: 'lower'; readonly operand: TextExpression }

/** What is a day of the calendar or missing; `value` is written 2025-03-31. */
export type DateExpression =
  | { readonly kind: 'dateColumn'; readonly name: string }
  | { readonly kind: 'date'; readonly value: string }
  | { readonly kind: 'dateOf'; readonly operand: DatetimeExpression }

/** What is a moment, to the millisecond, or missing; all is in UTC. */
export interface DatetimeExpression {
  readonly kind: 'datetimeColumn'
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

/** The same for a number, such as a code; −0 is 0. */
export interface NumberLookup {
  readonly kind: 'numberLookup'
  readonly operand: NumberExpression
  readonly entries: readonly (readonly [code: number, number: number])[]
  readonly otherwise: number | null
}

/** A number of a day: `weekday` is 1 for Monday to 7. */
export interface DatePart {
  readonly kind: 'datePart'
  readonly part: 'year' | 'month' | 'day' | 'weekday'
  readonly operand: DateExpression
}

/** A whole number of the time of day, in UTC. */
export interface DatetimePart {
  readonly kind: 'datetimePart'
  readonly part: 'hour' | 'minute' | 'second'
  readonly operand: DatetimeExpression
}

/** The bucket of a text, from 0: the first 8 hexadecimal digits of its SHA-256, modulo `buckets`. */
export interface Hash {
  readonly kind: 'hash'
  readonly operand: TextExpression
  readonly buckets: number
}

/**
 * A number made of several rows of the table: all of the row's group, or with `before` those of it that come
 * earlier. What is missing does not count; of nothing, `count` is 0 and the others are missing. A
 * row whose group or order is missing has none.
 */
export interface Aggregate {
  readonly kind: 'aggregate'
  readonly operator: 'count' | 'sum' | 'mean' | 'min' | 'max'
  readonly operand: NumberExpression
  /** Rows that are equal in all of these are a group; all rows are one when there are none. */
  readonly by: readonly Expression[]
  readonly before?: {
    readonly order: NumberExpression | DateExpression | DatetimeExpression
    /** How many earlier values of `order` count; all when absent. Rows of equal order do not see each other. */
    readonly last?: number
  }
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
export type UnaryOperator = 'negate' | 'abs' | 'sqrt' | 'exp' | 'log' | 'log1p' | 'floor'

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
