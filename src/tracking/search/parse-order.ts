/** What a search sorts by: `field [ASC|DESC]`, the field as in a filter. */

import { invalidSearch, shorten } from './refusal.ts'
import { findAttribute, resolveField, type Field, type Searchable } from './searchable.ts'
import { createCursor, isKeyword, take } from './token-cursor.ts'
import { splitTokens } from './tokens.ts'

export interface OrderTerm {
  readonly field: Field
  readonly isDescending: boolean
}

/** Each costs a look-up for every row that is sorted. */
const mostTerms = 50

/** @throws {ToolkitError} `TRACKING_INVALID`, also for the same field twice. */
export function parseOrder(items: readonly string[], searchable: Searchable): readonly OrderTerm[] {
  if (items.length > mostTerms) {
    throw invalidSearch(`order_by has ${items.length} items, at most ${mostTerms} are allowed`)
  }
  const terms = items.map((item) => parseTerm(item, searchable))
  if (searchable.allowsRepeatedOrder === true) return terms
  const places = terms.map(({ field }) => placeOf(field, searchable))
  const twice = terms.find((_, i) => places.indexOf(places[i]!) !== i)
  if (twice === undefined) return terms
  throw invalidSearch(
    `\`order_by\` contains duplicate fields: ${items.map((item) => `'${shorten(item)}'`).join(', ')}`,
    { hint: `name '${shorten(twice.field.key)}' once` },
  )
}

function parseTerm(item: string, searchable: Searchable): OrderTerm {
  const cursor = createCursor(item, splitOrder(item))
  const name = take(cursor)
  if (name.kind !== 'word' && name.kind !== 'path' && name.kind !== 'double-quoted') {
    throw unreadable(item)
  }
  const isDescending = isKeyword(cursor.token, 'DESC')
  if (isDescending || isKeyword(cursor.token, 'ASC')) take(cursor)
  if (cursor.token.kind === 'word') {
    throw invalidSearch(`Invalid ordering key in order_by clause '${shorten(item)}'.`, {
      hint: 'a field is followed by ASC, DESC or nothing',
    })
  }
  if (cursor.token.kind !== 'end') throw unreadable(item)
  const field = resolveField(name, searchable)
  if (field.entity !== 'dataset') return { field, isDescending }
  throw invalidSearch(`Invalid order_by entity: ${field.entity}`, {
    hint: 'sort by a metric, a param, a tag or an attribute',
  })
}

function splitOrder(item: string): ReturnType<typeof splitTokens> {
  try {
    return splitTokens(item)
  } catch (error) {
    throw unreadable(item, error)
  }
}

/** Two names of one column are one field. */
function placeOf(field: Field, searchable: Searchable): string {
  const place = field.entity === 'attribute' ? findAttribute(field.key, searchable).sql : field.key
  return `${field.entity}.${place}`
}

function unreadable(item: string, cause?: unknown): Error {
  return invalidSearch(`Invalid order_by clause '${shorten(item)}'. Could not be parsed.`, {
    hint: "write a field, then ASC or DESC: 'metrics.loss DESC'",
    cause,
  })
}
