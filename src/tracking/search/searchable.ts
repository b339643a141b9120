/** What can be searched of one kind of thing, and where it lies in the database: said once, for filters and orders. */

import { nameHint, nearestName } from '../../core/nearest.ts'
import { ownMember } from '../../core/own-member.ts'
import type { SqlValue } from '../store/database/database-store.ts'
import { invalidSearch, shorten } from './refusal.ts'
import type { Token } from './tokens.ts'

export type Entity = 'attribute' | 'metric' | 'param' | 'tag' | 'dataset'

/** A piece of SQL and the values of its parameters, in their order. */
export interface SqlPart {
  readonly sql: string
  readonly values: readonly SqlValue[]
}

/** `integer` may stand in quotes: ids and versions, which are texts in MLflow's messages. */
export type ValueType = 'text' | 'number' | 'integer'

export interface Attribute {
  readonly type: ValueType
  /** The column, or an expression over the row. */
  readonly sql: string
  /** The tag that a filter looks at, when that is not what an order sorts by. */
  readonly filterTag?: string
}

/** Rows that belong to the row which is searched: its metrics, params, tags or datasets. */
export interface Side {
  readonly type: ValueType
  /** `FROM … WHERE …`: those of one key. */
  readonly rows: (key: string) => SqlPart
  /** The value in such a row. */
  readonly value: (key: string) => string
  /** What decides between several rows of one key; there is but one without it. */
  readonly newest?: string
  /** There is one row of a key at most. */
  readonly isSingle?: true
  /** Whether a row says of its value that it is NaN, in `is_nan`. */
  readonly hasNan?: true
  /** The only keys there are. */
  readonly keys?: readonly string[]
}

export interface Searchable {
  readonly attributes: Readonly<Record<string, Attribute>>
  readonly sides: Readonly<Partial<Record<Entity, Side>>>
  /** As MLflow's searches for logged models: texts may stand without quotes, and a list may be empty. */
  readonly isLoose?: true
  /** An order may name a field again, which changes nothing; else that is refused. */
  readonly allowsRepeatedOrder?: true
}

/** What a clause or an order is about. */
export interface Field {
  readonly entity: Entity
  readonly key: string
  readonly type: ValueType
}

const entityNames: Readonly<Record<string, Entity>> = {
  attr: 'attribute',
  attribute: 'attribute',
  attributes: 'attribute',
  run: 'attribute',
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  parameter: 'param',
  parameters: 'param',
  params: 'param',
  tag: 'tag',
  tags: 'tag',
  dataset: 'dataset',
  datasets: 'dataset',
}

/**
 * Reads `entity.key`, where no entity means an attribute, and the key may stand in quotes.
 *
 * @throws {ToolkitError} `TRACKING_INVALID` when there is no such field.
 */
export function resolveField(name: Pick<Token, 'kind' | 'text'>, searchable: Searchable): Field {
  const dot = name.kind === 'path' ? endOfEntity(name.text) : undefined
  const entity = dot === undefined ? 'attribute' : findEntity(name.text.slice(0, dot), searchable)
  const key = withoutQuotes(dot === undefined ? name.text : name.text.slice(dot + 1))
  const side = searchable.sides[entity]
  if (entity === 'attribute' || side === undefined) {
    return { entity: 'attribute', key, type: findAttribute(key, searchable).type }
  }
  if (side.keys === undefined || side.keys.includes(key)) return { entity, key, type: side.type }
  throw invalidSearch(
    `Invalid ${entity} key '${shorten(key)}' specified. Valid keys are ${list(side.keys)}`,
  )
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function findAttribute(key: string, { attributes }: Searchable): Attribute {
  const attribute = ownMember(attributes, key)
  if (attribute !== undefined) return attribute
  const known = Object.keys(attributes)
  const shown = shorten(key)
  const nearest = nearestName(shown, known)
  throw invalidSearch(`Invalid attribute key '${shown}' specified. Valid keys are ${list(known)}`, {
    hint:
      nearest === undefined
        ? `a metric, param or tag has its kind before its name: metrics.${shown}`
        : `did you mean '${nearest}'?`,
  })
}

/** The first dot outside backticks, or nowhere. */
function endOfEntity(path: string): number | undefined {
  const dot = /^(?:`[^`]*`|[^`."]+)\./.exec(path)
  return dot === null ? undefined : dot[0].length - 1
}

function findEntity(written: string, { sides }: Searchable): Entity {
  const name = written.startsWith('`') ? written.slice(1, -1) : written
  const entity = ownMember(entityNames, name)
  if (entity === 'attribute' || (entity !== undefined && sides[entity] !== undefined)) return entity
  const known = ['attribute', ...Object.keys(sides)]
  const shown = shorten(name)
  throw invalidSearch(`Invalid entity type '${shown}'. Valid values are ${list(known)}`, {
    hint: nameHint(shown, known, 'kinds of fields'),
  })
}

function withoutQuotes(key: string): string {
  const inner = isWithin(key, "'") || isWithin(key, '"') ? key.slice(1, -1) : key
  return isWithin(inner, '`') ? inner.slice(1, -1) : inner
}

function isWithin(text: string, quote: string): boolean {
  return text.length >= 2 && text.startsWith(quote) && text.endsWith(quote)
}

function list(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`
}
