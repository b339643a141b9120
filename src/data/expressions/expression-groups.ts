import type { Expression } from './expression.ts'
import { isColumn, type ColumnLeaf } from './walk-expression.ts'

/** An expression that is made of no other. */
export type Leaf = ColumnLeaf | Extract<Expression, { kind: 'number' | 'date' }>

/** Numbers that are computed with, or compared. */
export type Computed = Extract<Expression, { kind: 'arithmetic' | 'unary' | 'comparison' }>

/** What is true or decides, and what sees the missing. */
export type Conditional = Extract<
  Expression,
  { kind: 'logic' | 'not' | 'isMissing' | 'membership' | 'choice' | 'fill' }
>

/** Look-ups, dates, texts and aggregates. */
export type Derived = Exclude<Expression, Leaf | Computed | Conditional>

/** Parts of days and moments, and what lies between two. */
export type Temporal = Extract<
  Expression,
  { kind: 'datePart' | 'dateOf' | 'datetimePart' | 'daysBetween' | 'secondsBetween' }
>

/** @returns whether it is made of days or moments */
export function isTemporal(expression: Expression): expression is Temporal {
  return ['datePart', 'dateOf', 'datetimePart', 'daysBetween', 'secondsBetween'].includes(
    expression.kind,
  )
}

/** @returns whether it is made of no other */
export function isLeaf(expression: Expression): expression is Leaf {
  return isColumn(expression) || expression.kind === 'number' || expression.kind === 'date'
}

/** @returns whether numbers are computed with, or compared */
export function isComputed(expression: Expression): expression is Computed {
  return ['arithmetic', 'unary', 'comparison'].includes(expression.kind)
}

/** @returns whether it is true or decides, or sees the missing */
export function isConditional(expression: Expression): expression is Conditional {
  return ['logic', 'not', 'isMissing', 'membership', 'choice', 'fill'].includes(expression.kind)
}
