/**
 * MLflow's search language, as far as it goes here: `filter` is clauses joined by
 * AND, each `identifier operator value` with `= != > >= < <=`; `order_by` items are
 * `identifier [ASC|DESC]`. What is not understood is refused, never ignored.
 */

import { ToolkitError } from '../../core/errors.ts'

export type Entity = 'attribute' | 'metric' | 'param' | 'tag'
export type Operator = (typeof operators)[number]

const operators = ['=', '!=', '>', '>=', '<', '<='] as const

export interface Clause {
  readonly entity: Entity
  readonly key: string
  readonly operator: Operator
  /** A number for metrics and number attributes, else text. */
  readonly value: string | number
}

export interface OrderItem {
  readonly entity: Entity
  readonly key: string
  readonly isDescending: boolean
}

/** What can be searched: which entities it has, and its attributes by kind. */
export interface Searchable {
  readonly entities: ReadonlySet<Entity>
  readonly attributes: Readonly<Record<string, 'text' | 'number'>>
}

/**
 * Clauses that must all hold; none for an empty filter.
 *
 * @throws {ToolkitError} `TRACKING_INVALID` with MLflow's wording where it has one.
 */
export function parseFilter(filter: string, searchable: Searchable): readonly Clause[] {
  if (filter.length > 10_000) throw invalid('the filter is longer than 10000 characters')
  const clauses: Clause[] = []
  for (let rest = filter.trim(); rest !== '';) {
    const { clause, after } = parseClause(rest, searchable)
    clauses.push(clause)
    const and = /^\s*and\b\s*/i.exec(after)
    if (and === null && after.trim() !== '') throw notUnderstood(after)
    rest = after.slice(and?.[0].length ?? after.length)
  }
  return clauses
}

/** @throws {ToolkitError} `TRACKING_INVALID`, also for the same field twice. */
export function parseOrderBy(
  items: readonly string[],
  searchable: Searchable,
): readonly OrderItem[] {
  const parsed = items.map((item) => parseOrderItem(item, searchable))
  const fields = parsed.map(({ entity, key }) => `${entity}.${key}`)
  const twice = fields.find((field, i) => fields.indexOf(field) !== i)
  if (twice !== undefined) throw invalid(`order_by names '${twice}' twice`)
  return parsed
}

/** `entity.key`, where the key may stand in quotes or backticks, or an attribute's name alone. */
const identifier = /^\s*(?:([A-Za-z_]+)\.)?(?:([\p{L}\p{N}_][\p{L}\p{N}_.-]*)|"([^"]*)"|`([^`]*)`)/u

function parseClause(text: string, searchable: Searchable): { clause: Clause; after: string } {
  const name = identifier.exec(text)
  if (name === null) throw notUnderstood(text)
  const field = parseField(name, searchable)
  const afterName = text.slice(name[0].length)
  const operator = /^\s*(!=|>=|<=|=(?!=)|>|<(?!>))\s*/.exec(afterName)
  if (operator === null) throw unknownOperator(afterName, text)
  const afterOperator = afterName.slice(operator[0].length)
  const value = /^(?:'([^']*)'|"([^"]*)"|([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?![\w.]))/i.exec(
    afterOperator,
  )
  if (value === null) throw notUnderstood(text)
  return {
    clause: toClause(field, toOperator(operator[1]), {
      text: value[1] ?? value[2],
      number: value[3],
    }),
    after: afterOperator.slice(value[0].length),
  }
}

interface Field {
  readonly entity: Entity
  readonly key: string
  readonly isNumber: boolean
}

const entityNames: Readonly<Record<string, Entity>> = {
  attr: 'attribute',
  attribute: 'attribute',
  attributes: 'attribute',
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  parameter: 'param',
  parameters: 'param',
  params: 'param',
  run: 'attribute',
  tag: 'tag',
  tags: 'tag',
}

function parseField(match: RegExpExecArray, searchable: Searchable): Field {
  const key = match[2] ?? match[3] ?? match[4] ?? ''
  const entity = match[1] === undefined ? 'attribute' : lookUp(entityNames, match[1].toLowerCase())
  if (entity === undefined || !searchable.entities.has(entity)) {
    throw invalid(
      `Invalid entity type '${match[1] ?? key}'; expected one of: ${[...searchable.entities].join(', ')}`,
    )
  }
  if (entity !== 'attribute') return { entity, key, isNumber: entity === 'metric' }
  const kind = lookUp(searchable.attributes, key)
  if (kind === undefined) {
    const known = Object.keys(searchable.attributes).join(', ')
    throw invalid(`Invalid attribute key '${key}'; expected one of: ${known}`)
  }
  return { entity, key, isNumber: kind === 'number' }
}

function toClause(
  { entity, key, isNumber }: Field,
  operator: Operator,
  value: { readonly text: string | undefined; readonly number: string | undefined },
): Clause {
  if (isNumber) {
    if (value.number === undefined) throw invalid(`'${key}' is compared with a number, unquoted`)
    return { entity, key, operator, value: Number(value.number) }
  }
  if (value.text === undefined) throw invalid(`'${key}' is compared with a text in quotes`)
  if (operator !== '=' && operator !== '!=') {
    throw invalid(`'${key}' is a text and is compared by = or !=, not by ${operator}`)
  }
  return { entity, key, operator, value: value.text }
}

function toOperator(text: string | undefined): Operator {
  return operators.find((operator) => operator === text) ?? '='
}

function parseOrderItem(item: string, searchable: Searchable): OrderItem {
  const name = identifier.exec(item)
  const direction = /^\s*(?:(asc|desc)\s*)?$/i.exec(item.slice(name?.[0].length ?? 0))
  if (name === null || direction === null) {
    throw invalid(`Invalid order_by clause '${item}'; expected a field, then ASC or DESC`)
  }
  const { entity, key } = parseField(name, searchable)
  return { entity, key, isDescending: direction[1]?.toLowerCase() === 'desc' }
}

function lookUp<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

function unknownOperator(text: string, clause: string): ToolkitError {
  const word = /^\s*(not\s+in|is|in|like|ilike|not|==|<>)/i.exec(text)?.[1]
  if (word === undefined) return notUnderstood(clause)
  return invalid(
    `Invalid clause(s) in filter string: '${clause.slice(0, 200)}': the operator '${word}' is not supported yet; = != > >= < <= are`,
  )
}

function notUnderstood(text: string): ToolkitError {
  return invalid(
    `Invalid clause(s) in filter string: '${text.slice(0, 200)}'; expected clauses like metrics.loss < 1 joined by AND`,
  )
}

function invalid(message: string): ToolkitError {
  return new ToolkitError('TRACKING_INVALID', message)
}
