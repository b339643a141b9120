import { quoteName, quoteText } from '../duckdb-store.ts'
import {
  isComputed,
  isConditional,
  isLeaf,
  type Computed,
  type Conditional,
  type Derived,
  type Leaf,
} from './expression-groups.ts'
import { leafSql, literal } from './leaf-sql.ts'
import type {
  Aggregate,
  ArithmeticOperator,
  ComparisonOperator,
  Expression,
  UnaryOperator,
} from './expression.ts'

/**
 * Compiles features to one DuckDB query whose columns are the features, in the order of the rows of `from`.
 *
 * Every operator is a column of a nested SELECT, one level above its operands. An operator must look at its
 * operands twice, to see whether they are missing; as columns they are computed once, where an
 * expression in one piece would double at every level. Equal parts of several features are computed once.
 *
 * Aggregates leave the rows in any order: keep a column that tells it.
 *
 * @param from - what stands after FROM: a quoted table name or a query in parentheses
 * @param keep - columns of `from` that come first, as they are
 */
export function toSql(
  features: Readonly<Record<string, Expression>>,
  from: string,
  keep: readonly string[] = [],
): string {
  const plan: Plan = { levels: [], steps: new Map() }
  const columns = Object.entries(features).map(
    ([name, expression]) => `${addExpression(plan, expression).name} AS ${quoteName(name)}`,
  )
  // Under names of their own on the way, or a column might have that of a step.
  const kept = keep.map((name, i) => `${quoteName(name)} AS kept_${i}`)
  const levels = plan.levels.length === 0 ? [[]] : plan.levels
  const source = levels.reduce(
    (inner, level, index) =>
      `(SELECT ${[...(index === 0 ? kept : ['*']), ...level].join(', ')} FROM ${inner})`,
    from,
  )
  const renamed = keep.map((name, i) => `kept_${i} AS ${quoteName(name)}`)
  return `SELECT ${[...renamed, ...columns].join(', ')} FROM ${source}`
}

interface Plan {
  /** Columns by level; those of a level read only those of lower ones. */
  readonly levels: string[][]
  /** What was added already, by its text: names are unique, so equal texts are equal columns. */
  readonly steps: Map<string, Step>
}

interface Step {
  readonly name: string
  readonly level: number
}

function addStep(plan: Plan, sql: string, operands: readonly Step[]): Step {
  const known = plan.steps.get(sql)
  if (known !== undefined) return known
  const level = Math.max(-1, ...operands.map((operand) => operand.level)) + 1
  const step: Step = { name: `step_${plan.steps.size}`, level }
  plan.levels[level] ??= []
  plan.levels[level].push(`${sql} AS ${step.name}`)
  plan.steps.set(sql, step)
  return step
}

/** A number that overflowed is missing. */
function addFinite(plan: Plan, sql: string, operands: readonly Step[]): Step {
  const raw = addStep(plan, sql, operands)
  return addStep(plan, `CASE WHEN isfinite(${raw.name}) THEN ${raw.name} END`, [raw])
}

function addExpression(plan: Plan, expression: Expression): Step {
  if (isLeaf(expression)) return addLeaf(plan, expression)
  if (isComputed(expression)) return addComputed(plan, expression)
  return isConditional(expression) ? addCondition(plan, expression) : addDerived(plan, expression)
}

function addLeaf(plan: Plan, leaf: Leaf): Step {
  const sql = leafSql(leaf)
  return leaf.kind === 'numberColumn' ? addFinite(plan, sql, []) : addStep(plan, sql, [])
}

function addComputed(plan: Plan, expression: Computed): Step {
  if (expression.kind === 'unary') {
    const operand = addExpression(plan, expression.operand)
    return addFinite(plan, unary[expression.operator](operand.name), [operand])
  }
  const left = addExpression(plan, expression.left)
  const right = addExpression(plan, expression.right)
  if (expression.kind === 'arithmetic') {
    return addFinite(plan, arithmetic[expression.operator](left.name, right.name), [left, right])
  }
  const sql = `${left.name} ${comparison[expression.operator]} ${right.name}`
  return addStep(plan, sql, [left, right])
}

function addCondition(plan: Plan, expression: Conditional): Step {
  const add = (operand: Expression): Step => addExpression(plan, operand)
  switch (expression.kind) {
    case 'logic': {
      const [a, b] = [add(expression.left), add(expression.right)]
      const sql = `${a.name} ${expression.operator === 'and' ? 'AND' : 'OR'} ${b.name}`
      return addStep(plan, whereBoth(a.name, b.name, sql), [a, b])
    }
    case 'choice': {
      const steps = [expression.condition, expression.whenTrue, expression.whenFalse].map(add)
      const [condition, whenTrue, whenFalse] = steps.map((step) => step.name)
      const sql = `CASE WHEN ${condition} THEN ${whenTrue} WHEN NOT ${condition} THEN ${whenFalse} END`
      return addStep(plan, sql, steps)
    }
    case 'fill': {
      const [a, b] = [add(expression.operand), add(expression.replacement)]
      return addStep(plan, `coalesce(${a.name}, ${b.name})`, [a, b])
    }
    case 'not':
    case 'isMissing': {
      const operand = add(expression.operand)
      const { name } = operand
      return addStep(plan, expression.kind === 'not' ? `NOT ${name}` : `${name} IS NULL`, [operand])
    }
    case 'membership': {
      const operand = add(expression.operand)
      const texts = expression.texts.map((text) => `${operand.name} = ${quoteText(text)}`)
      const sql = texts.length === 0 ? 'false' : texts.join(' OR ')
      return addStep(plan, `CASE WHEN ${operand.name} IS NOT NULL THEN ${sql} END`, [operand])
    }
  }
}

function addDerived(plan: Plan, expression: Derived): Step {
  if (expression.kind === 'aggregate') return addAggregate(plan, expression)
  if (expression.kind === 'daysBetween') {
    const [from, to] = [expression.from, expression.to].map((end) => addExpression(plan, end))
    return addStep(plan, `CAST(${to!.name} - ${from!.name} AS DOUBLE)`, [from!, to!])
  }
  if (expression.kind === 'secondsBetween') {
    const [from, to] = [expression.from, expression.to].map((end) => addExpression(plan, end))
    const milliseconds = `date_diff('millisecond', ${from!.name}, ${to!.name})`
    return addStep(plan, `CAST(${milliseconds} AS DOUBLE) / 1000`, [from!, to!])
  }
  const operand = addExpression(plan, expression.operand)
  return addStep(plan, derivedSql(expression, operand.name), [operand])
}

function derivedSql(
  expression: Exclude<Derived, { kind: 'aggregate' | 'daysBetween' | 'secondsBetween' }>,
  operand: string,
): string {
  switch (expression.kind) {
    case 'lookup':
      return lookupSql(operand, expression, quoteText)
    case 'numberLookup':
      return lookupSql(operand, expression, literal)
    case 'datePart':
      return `CAST(${dateParts[expression.part]}(${operand}) AS DOUBLE)`
    case 'datetimePart':
      return `CAST(${expression.part}(${operand}) AS DOUBLE)`
    case 'dateOf':
      return `CAST(${operand} AS DATE)`
    case 'textLength':
      return `CAST(length(${operand}) AS DOUBLE)`
    case 'hash':
      return `CAST(CAST('0x' || substr(sha256(${operand}), 1, 8) AS UBIGINT) % ${expression.buckets} AS DOUBLE)`
    case 'lower':
      return `translate(${operand}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')`
  }
}

function lookupSql<T>(
  operand: string,
  lookup: {
    readonly entries: readonly (readonly [T, number])[]
    readonly otherwise: number | null
  },
  format: (key: T) => string,
): string {
  // As Map does: the last number of a key that is listed twice.
  const cases = [...new Map(lookup.entries)].map(
    ([key, number]) => `WHEN ${operand} = ${format(key)} THEN ${literal(number)}`,
  )
  const otherwise = literal(lookup.otherwise ?? NaN)
  return `CASE WHEN ${operand} IS NULL THEN NULL ${cases.join(' ')} ELSE ${otherwise} END`
}

/** Peers of equal order are one step of the frame, so that the order of equal rows decides nothing. */
function addAggregate(plan: Plan, { operator, operand, by, before }: Aggregate): Step {
  const value = addExpression(plan, operand)
  const groups = by.map((part) => addExpression(plan, part))
  const order = before === undefined ? [] : [addExpression(plan, before.order)]
  const needed = [...groups, ...order].map(({ name }) => `${name} IS NOT NULL`)
  const partition = `PARTITION BY ${[...groups.map(({ name }) => name), 'true'].join(', ')}`
  const frame = order.map(
    ({ name }) =>
      ` ORDER BY ${name} NULLS LAST GROUPS BETWEEN ${before?.last ?? 'UNBOUNDED'} PRECEDING AND 1 PRECEDING`,
  )
  const sql = `CAST(${aggregates[operator]}(${value.name}) OVER (${partition}${frame.join('')}) AS DOUBLE)`
  const conditions = needed.length === 0 ? 'true' : needed.join(' AND ')
  return addFinite(plan, `CASE WHEN ${conditions} THEN ${sql} END`, [value, ...groups, ...order])
}

function whereBoth(a: string, b: string, sql: string): string {
  return `CASE WHEN ${a} IS NOT NULL AND ${b} IS NOT NULL THEN ${sql} END`
}

const arithmetic: Readonly<Record<ArithmeticOperator, (a: string, b: string) => string>> = {
  add: (a, b) => `${a} + ${b}`,
  subtract: (a, b) => `${a} - ${b}`,
  multiply: (a, b) => `${a} * ${b}`,
  divide: (a, b) => `CASE WHEN ${b} <> 0 THEN ${a} / ${b} END`,
  min: (a, b) => whereBoth(a, b, `least(${a}, ${b})`),
  max: (a, b) => whereBoth(a, b, `greatest(${a}, ${b})`),
}

/** Conditions first: DuckDB stops the query at a logarithm or root that does not exist. */
const unary: Readonly<Record<UnaryOperator, (value: string) => string>> = {
  negate: (value) => `-${value}`,
  abs: (value) => `abs(${value})`,
  sqrt: (value) => `CASE WHEN ${value} >= 0 THEN sqrt(${value}) END`,
  floor: (value) => `floor(${value})`,
  exp: (value) => `exp(${value})`,
  log: (value) => `CASE WHEN ${value} > 0 THEN ln(${value}) END`,
  // DuckDB has no log1p; this one is exact to a few units in the last place. [Goldberg 1991], theorem 4
  log1p: (value) =>
    `CASE WHEN 1 + ${value} = 1 THEN ${value}
      WHEN ${value} > -1 THEN ln(1 + ${value}) * (${value} / ((1 + ${value}) - 1)) END`,
}

const comparison: Readonly<Record<ComparisonOperator, string>> = {
  equal: '=',
  notEqual: '<>',
  less: '<',
  lessOrEqual: '<=',
  greater: '>',
  greaterOrEqual: '>=',
}

const dateParts = { year: 'year', month: 'month', day: 'day', weekday: 'isodow' } as const

/** Sums that keep what rounding loses. */
const aggregates = { count: 'count', sum: 'fsum', mean: 'favg', min: 'min', max: 'max' } as const
