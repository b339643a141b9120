/** Orders as SQL. */

import type { OrderTerm } from './parse-order.ts'
import { findAttribute, type Searchable, type SqlPart } from './searchable.ts'

/**
 * The terms for ORDER BY, each ending in a comma, as something that breaks ties must follow.
 * What has no value comes last in both directions; metrics that are NaN stand just before it.
 */
export function planOrder(terms: readonly OrderTerm[], searchable: Searchable): SqlPart {
  const parts = terms.map((term) => planTerm(term, searchable))
  return {
    sql: parts.map(({ sql }) => `${sql}, `).join(''),
    values: parts.flatMap(({ values }) => values),
  }
}

function planTerm({ field, isDescending }: OrderTerm, searchable: Searchable): SqlPart {
  const direction = `${isDescending ? 'DESC' : 'ASC'} NULLS LAST`
  const side = searchable.sides[field.entity]
  if (side === undefined) {
    return { sql: `${findAttribute(field.key, searchable).sql} ${direction}`, values: [] }
  }
  const rows = side.rows(field.key)
  const newest = side.newest === undefined ? '' : ` ORDER BY ${side.newest} LIMIT 1`
  const pick = (what: string): string => `(SELECT ${what} ${rows.sql}${newest})`
  const value = `${pick(side.value(field.key))} ${direction}`
  if (side.hasNan !== true) return { sql: value, values: rows.values }
  return {
    sql: `${pick('side.is_nan')} ASC NULLS LAST, ${value}`,
    values: [...rows.values, ...rows.values],
  }
}
