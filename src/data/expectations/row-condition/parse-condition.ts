import { isObject } from '../../../core/json.ts'
import { nameHint } from '../../../core/nearest.ts'
import { isScalar } from '../kwargs.ts'
import type { ComparisonOperator, RowCondition } from './condition.ts'
import { conditionError } from './condition-error.ts'
import { parseQuery } from './parse-query.ts'

/**
 * Reads GX's `row_condition`: the JSON form, or one of the two text forms of
 * before 1.9, `col("age") > 18` and a query of pandas' DataFrame.query.
 *
 * @param parser - `condition_parser`; whichever is named, both texts are understood
 * @returns `undefined` when there is none
 * @throws {ToolkitError} `SUITE_INVALID` naming what is not understood
 */
export function parseRowCondition(condition: unknown, parser?: unknown): RowCondition | undefined {
  if (parser !== undefined && parser !== null && !isParser(parser)) {
    throw conditionError(
      `has the condition_parser ${JSON.stringify(parser)}`,
      `the parsers are: ${parsers.join(', ')}`,
    )
  }
  if (condition === undefined || condition === null) return undefined
  return typeof condition === 'string' ? parseQuery(condition) : parseNode(condition)
}

const parsers: readonly string[] = [
  'pandas',
  'great_expectations',
  'great_expectations__experimental__',
]

function isParser(parser: unknown): boolean {
  return typeof parser === 'string' && parsers.includes(parser)
}

function parseNode(node: unknown): RowCondition {
  if (!isObject(node))
    throw conditionError(`is ${JSON.stringify(node)}`, 'write an object or a text')
  switch (node['type']) {
    case 'comparison':
      return parseComparison(node)
    case 'nullity':
      return parseNullity(node)
    case 'and':
    case 'or': {
      const { conditions } = node
      if (!Array.isArray(conditions) || conditions.length === 0) {
        throw conditionError(`lacks 'conditions' in its '${node['type']}'`, 'list at least one')
      }
      return { kind: node['type'], conditions: conditions.map(parseNode) }
    }
    case 'pass_through': {
      const text = node['pass_through_filter']
      if (typeof text === 'string') return parseQuery(text)
      throw conditionError("lacks 'pass_through_filter'", 'write the query of pandas there')
    }
    default:
      throw conditionError(
        `has the unknown type ${JSON.stringify(node['type'])}`,
        nameHint(
          String(node['type']),
          ['comparison', 'nullity', 'and', 'or', 'pass_through'],
          'types',
        ),
      )
  }
}

const operators: readonly ComparisonOperator[] = ['==', '!=', '<', '<=', '>', '>=']

function parseComparison(node: Readonly<Record<string, unknown>>): RowCondition {
  const { operator, parameter } = node
  const column = columnName(node)
  if (operator === 'IN' || operator === 'NOT_IN') {
    if (!Array.isArray(parameter) || !parameter.every(isScalar)) {
      throw conditionError(
        `has the parameter ${JSON.stringify(parameter)}`,
        `${operator} takes a list of values`,
      )
    }
    const membership = { kind: 'membership', column, members: parameter } as const
    return operator === 'IN' ? membership : { kind: 'not', condition: membership }
  }
  const known = operators.find((each) => each === operator)
  if (known === undefined) {
    throw conditionError(
      `has the unknown operator ${JSON.stringify(operator)}`,
      `the operators are: ${operators.join(', ')}, IN, NOT_IN`,
    )
  }
  if (!isScalar(parameter)) {
    throw conditionError(
      `has the parameter ${JSON.stringify(parameter ?? null)}`,
      "compare with a number, a text or a boolean; for missing values use the type 'nullity'",
    )
  }
  const left = { kind: 'column', name: column } as const
  return { kind: 'comparison', operator: known, left, right: { kind: 'value', value: parameter } }
}

function parseNullity(node: Readonly<Record<string, unknown>>): RowCondition {
  const nullity = { kind: 'nullity', column: columnName(node) } as const
  if (typeof node['is_null'] !== 'boolean') {
    throw conditionError("lacks 'is_null'", 'write true or false')
  }
  return node['is_null'] ? nullity : { kind: 'not', condition: nullity }
}

function columnName({ column }: Readonly<Record<string, unknown>>): string {
  if (isObject(column) && typeof column['name'] === 'string') return column['name']
  throw conditionError(`has the column ${JSON.stringify(column)}`, 'write {"name": "…"}')
}
