/** Turns parsed searches into SQL. Keys and values are bound, never part of the text. */

import type { SqlValue } from '../store/database-store.ts'
import type { Clause, Entity, OrderItem } from './search-filter.ts'

/** Where the fields of one kind of thing lie. */
export interface SearchTables {
  /** Attribute to column. */
  readonly columns: Readonly<Record<string, string>>
  /** Entity to its table, and how that joins: `metrics` has the alias `side`. */
  readonly sides: Readonly<Partial<Record<Entity, { readonly table: string; readonly on: string }>>>
}

export interface SqlPart {
  readonly sql: string
  readonly values: readonly SqlValue[]
}

/** The conditions joined by AND; empty text when there are none. */
export function planConditions(clauses: readonly Clause[], tables: SearchTables): SqlPart {
  const parts = clauses.map((clause) => planCondition(clause, tables))
  return {
    sql: parts.map(({ sql }) => ` AND ${sql}`).join(''),
    values: parts.flatMap(({ values }) => values),
  }
}

function planCondition(clause: Clause, { columns, sides }: SearchTables): SqlPart {
  const side = sides[clause.entity]
  if (side === undefined) {
    return { sql: `${columns[clause.key]} ${clause.operator} ?`, values: [clause.value] }
  }
  // NaN satisfies only !=, and what does not have the key never matches.
  const nan =
    clause.entity !== 'metric'
      ? ''
      : clause.operator === '!='
        ? ' OR is_nan = 1'
        : ' AND is_nan = 0'
  return {
    sql: `EXISTS (SELECT 1 FROM ${side.table} AS side WHERE ${side.on} AND key = ? AND (value ${clause.operator} ?${nan}))`,
    values: [clause.key, clause.value],
  }
}

/** The terms before the ones that break ties, each ending in a comma; missing values come last either way. */
export function planOrder(items: readonly OrderItem[], { columns, sides }: SearchTables): SqlPart {
  const values: SqlValue[] = []
  const terms = items.map(({ entity, key, isDescending }) => {
    const direction = isDescending ? 'DESC' : 'ASC'
    const side = sides[entity]
    if (side === undefined) return `${columns[key]} ${direction} NULLS LAST, `
    const select = (what: string): string => {
      values.push(key)
      return `(SELECT ${what} FROM ${side.table} AS side WHERE ${side.on} AND key = ?)`
    }
    // Numbers first, then NaN, then what has no such metric, in both directions.
    const nan = entity === 'metric' ? `${select('is_nan')} ASC NULLS LAST, ` : ''
    return `${nan}${select('value')} ${direction} NULLS LAST, `
  })
  return { sql: terms.join(''), values }
}
