import type { JsonObject } from '../expectations/outcome.ts'

/** Which rows an expectation is about, by the columns of a schema. */
export type Where<Column extends string> =
  | {
      readonly column: Column
      readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>='
      readonly value: number | string | boolean
    }
  | {
      readonly column: Column
      readonly operator: 'IN' | 'NOT_IN'
      readonly value: readonly number[] | readonly string[]
    }
  | { readonly column: Column; readonly isNull: boolean }
  | { readonly and: readonly Where<Column>[] }
  | { readonly or: readonly Where<Column>[] }

/** GX's `row_condition`. */
export function toRowCondition(where: Where<string>): JsonObject {
  if ('and' in where) return { type: 'and', conditions: where.and.map(toRowCondition) }
  if ('or' in where) return { type: 'or', conditions: where.or.map(toRowCondition) }
  const column = { name: where.column }
  if ('isNull' in where) return { type: 'nullity', column, is_null: where.isNull }
  return { type: 'comparison', column, operator: where.operator, parameter: where.value }
}
