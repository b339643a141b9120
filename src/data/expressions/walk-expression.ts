import type { Expression } from './expression.ts'

/** A column as an expression reads it. */
export type ColumnLeaf = Extract<
  Expression,
  { kind: 'numberColumn' | 'booleanColumn' | 'textColumn' | 'dateColumn' | 'datetimeColumn' }
>

/** @returns the expressions that an expression is directly made of */
export function partsOf(expression: Expression): readonly Expression[] {
  if (expression.kind === 'aggregate') {
    const { operand, by, before } = expression
    return [operand, ...by, ...(before === undefined ? [] : [before.order])]
  }
  if ('left' in expression) return [expression.left, expression.right]
  if ('from' in expression) return [expression.from, expression.to]
  if ('replacement' in expression) return [expression.operand, expression.replacement]
  if ('condition' in expression) {
    return [expression.condition, expression.whenTrue, expression.whenFalse]
  }
  return 'operand' in expression ? [expression.operand] : []
}

/** The expression and all that it is made of; one that stands in several places is given once. */
export function walkExpression(expression: Expression): ReadonlySet<Expression> {
  const seen = new Set([expression])
  // A set gives what is added to it while it is gone through.
  for (const part of seen) for (const below of partsOf(part)) seen.add(below)
  return seen
}

/** The columns that it reads, each once. */
export function findColumns(expression: Expression): ColumnLeaf[] {
  const columns = new Map<string, ColumnLeaf>()
  for (const part of walkExpression(expression)) {
    if (isColumn(part)) columns.set(`${part.kind} ${part.name}`, part)
  }
  return [...columns.values()]
}

/** @returns whether it is a column itself */
export function isColumn(expression: Expression): expression is ColumnLeaf {
  return 'name' in expression
}
