import type { Expression } from './expression.ts'
import { sortOfKind } from './sort-of-expression.ts'
import { findColumns, walkExpression } from './walk-expression.ts'

/** Why a graph, and so a served model, cannot hold features: one sentence a feature and reason. */
export function findGraphProblems(features: Readonly<Record<string, Expression>>): string[] {
  return [
    ...Object.entries(features).flatMap(([name, expression]) =>
      [...new Set(findReasons(expression))].map((reason) => `'${name}' ${reason}`),
    ),
    ...findMixedColumns(Object.values(features)),
  ]
}

function findReasons(expression: Expression): string[] {
  const parts = [...walkExpression(expression)].flatMap(({ kind }) => reasons[kind] ?? [])
  const isRow = findColumns(expression).length > 0
  return [
    ...parts,
    ...(isRow ? [] : ['reads no column, so it is the same for every row']),
    ...(isResult(expression) ? [] : ['is a text or a date or a time: models take numbers']),
  ]
}

const reasons: Readonly<Partial<Record<Expression['kind'], string>>> = {
  aggregate: 'is made of other rows, and a request has only its own',
  hash: 'hashes a text, which no operator of ONNX does',
  lower: 'changes the letters of a text, which ONNX does by the language of a machine',
  textLength: 'counts the letters of a text, which no operator of ONNX does',
}

function isResult({ kind }: Expression): boolean {
  return sortOfKind[kind] === 'number' || sortOfKind[kind] === 'boolean'
}

function findMixedColumns(expressions: readonly Expression[]): string[] {
  const columns = Map.groupBy(expressions.flatMap(findColumns), ({ name }) => name)
  return [...columns].flatMap(([name, leaves]) => {
    const kinds = [...new Set(leaves.map(({ kind }) => kind.replace('Column', '')))]
    return kinds.length === 1 ? [] : [`the column '${name}' is read as ${kinds.join(' and ')}`]
  })
}
