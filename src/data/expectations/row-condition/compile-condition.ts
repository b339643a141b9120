import { ToolkitError } from '../../../core/errors.ts'
import { quoteText } from '../../duckdb-store.ts'
import {
  type Column,
  findColumn,
  isNumeric,
  numberOf,
  type Table,
  valueOf,
} from '../../table/column.ts'
import { numberLiteral, timeLiteral } from '../bounds.ts'
import { matchMembers } from '../set-members.ts'
import type { ComparisonOperator, Operand, RowCondition } from './condition.ts'

/**
 * The SQL of a condition, never null.
 *
 * @throws {ToolkitError} `DATA_COLUMN_MISSING`, `DATA_CHECK_FAILED` when it cannot be asked of the table
 */
export function compileRowCondition(
  condition: RowCondition,
  table: Table,
): { readonly sql: string; readonly warnings: readonly string[] } {
  const warnings: string[] = []
  const column = (name: string): Column => {
    const found = findColumn(table, name)
    warnings.push(...found.warnings)
    return found.column
  }
  return { sql: compile(condition, column), warnings }
}

type FindColumn = (name: string) => Column

function compile(condition: RowCondition, column: FindColumn): string {
  switch (condition.kind) {
    case 'comparison':
      return compileComparison(condition, column)
    case 'membership': {
      const { condition: isMember } = matchMembers(column(condition.column), condition.members)
      return `coalesce(${isMember}, FALSE)`
    }
    case 'nullity':
      return `(${valueOf(column(condition.column))} IS NULL)`
    case 'truth': {
      const found = column(condition.column)
      if (found.family === 'boolean') return `coalesce(${valueOf(found)}, FALSE)`
      throw unfit(`'${found.name}' is ${found.type}, and only a column of booleans can stand alone`)
    }
    case 'not':
      return `(NOT ${compile(condition.condition, column)})`
    case 'and':
    case 'or': {
      const parts = condition.conditions.map((each) => compile(each, column))
      return `(${parts.join(condition.kind === 'and' ? ' AND ' : ' OR ')})`
    }
  }
}

function compileComparison(
  { operator, left, right }: Extract<RowCondition, { kind: 'comparison' }>,
  column: FindColumn,
): string {
  const a = resolve(left, column)
  const b = resolve(right, column)
  const pair = comparableSql(a, b)
  if (pair === undefined) return compileUnlike(operator, a, b)
  return `coalesce(${pair[0]} ${sqlOperators[operator]} ${pair[1]}, ${operator === '!=' ? 'TRUE' : 'FALSE'})`
}

const sqlOperators: Readonly<Record<ComparisonOperator, string>> = {
  '==': '=',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

type Resolved = Column | number | string | boolean

function resolve(operand: Operand, column: FindColumn): Resolved {
  return operand.kind === 'column' ? column(operand.name) : operand.value
}

/** Two SQL values that compare with each other, or `undefined` when they are of different kinds. */
function comparableSql(a: Resolved, b: Resolved): readonly [string, string] | undefined {
  if (isTime(a) && typeof b === 'string') return [valueOf(a), timeLiteral(a, b)]
  if (isTime(b) && typeof a === 'string') return [timeLiteral(b, a), valueOf(b)]
  if (isTime(a) && isTime(b)) return [valueOf(a), valueOf(b)]
  if (isText(a) && isText(b)) return [textSql(a), textSql(b)]
  if (isNumber(a) && isNumber(b)) return [numberSql(a), numberSql(b)]
  return undefined
}

/** Values of different kinds are never equal, and have no order. */
function compileUnlike(operator: ComparisonOperator, a: Resolved, b: Resolved): string {
  if (operator === '==') return 'FALSE'
  if (operator === '!=') return 'TRUE'
  throw unfit(`${describe(a)} ${operator} ${describe(b)} compares values of different kinds`)
}

function isColumn(value: Resolved): value is Column {
  return typeof value === 'object'
}

function isTime(value: Resolved): value is Column {
  return isColumn(value) && value.family === 'time'
}

function isText(value: Resolved): value is Column | string {
  return typeof value === 'string' || (isColumn(value) && value.family === 'text')
}

function isNumber(value: Resolved): value is Column | number | boolean {
  if (isColumn(value)) return isNumeric(value)
  return typeof value === 'number' || typeof value === 'boolean'
}

function textSql(value: Column | string): string {
  return typeof value === 'string' ? quoteText(value) : `CAST(${valueOf(value)} AS VARCHAR)`
}

function numberSql(value: Column | number | boolean): string {
  return typeof value === 'object' ? numberOf(value) : numberLiteral(Number(value))
}

function describe(value: Resolved): string {
  if (isColumn(value)) return `'${value.name}' (${value.type})`
  return typeof value === 'string' ? `'${value}'` : String(value)
}

function unfit(problem: string): ToolkitError {
  return new ToolkitError('DATA_CHECK_FAILED', `row_condition: ${problem}`)
}
