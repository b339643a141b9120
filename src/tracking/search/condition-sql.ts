/** Filters as SQL. Keys and values are bound, never part of the text; every condition is true or false, never NULL. */

import type { Comparison, Condition } from './condition.ts'
import { findAttribute, type Field, type Searchable, type SqlPart } from './searchable.ts'

/** An expression over the row that is searched. */
export function planCondition(condition: Condition, searchable: Searchable): SqlPart {
  switch (condition.kind) {
    case 'all':
      return joinParts(condition.conditions, 'AND', searchable)
    case 'any':
      return joinParts(condition.conditions, 'OR', searchable)
    case 'not': {
      const { sql, values } = planCondition(condition.condition, searchable)
      return { sql: `NOT ${sql}`, values }
    }
    case 'missing':
      return planMissing(condition.field, searchable)
    case 'comparison':
      return planComparison(condition, searchable)
  }
}

function joinParts(
  conditions: readonly Condition[],
  connective: 'AND' | 'OR',
  searchable: Searchable,
): SqlPart {
  if (conditions.length === 0) return { sql: 'TRUE', values: [] }
  const parts = conditions.map((condition) => planCondition(condition, searchable))
  return {
    sql: `(${parts.map(({ sql }) => sql).join(` ${connective} `)})`,
    values: parts.flatMap(({ values }) => values),
  }
}

function planMissing(field: Field, searchable: Searchable): SqlPart {
  const side = searchable.sides[field.entity]
  if (side === undefined) {
    // An attribute that was not given is an empty text to some clients.
    return { sql: `ifnull(${columnOf(field, searchable)}, '') = ''`, values: [] }
  }
  const rows = side.rows(field.key)
  return {
    sql: `NOT EXISTS (SELECT 1 ${rows.sql} AND ${side.value(field.key)} IS NOT NULL)`,
    values: rows.values,
  }
}

function planComparison(comparison: Comparison, searchable: Searchable): SqlPart {
  const { field } = comparison
  const side = searchable.sides[field.entity]
  if (side === undefined) {
    const { sql, values } = compare(columnOf(field, searchable), comparison)
    return { sql: `(${sql}) IS TRUE`, values }
  }
  const rows = side.rows(field.key)
  const { sql, values } = compare(side.value(field.key), comparison)
  const fits = side.hasNan === true ? withNan(sql, comparison) : sql
  return {
    sql: `EXISTS (SELECT 1 ${rows.sql} AND (${fits}))`,
    values: [...rows.values, ...values],
  }
}

/** NaN is unlike every number, and neither more nor less. */
function withNan(sql: string, { operator, isNegated }: Comparison): string {
  return operator === '!=' || isNegated ? `${sql} OR side.is_nan = 1` : `${sql} AND side.is_nan = 0`
}

function compare(value: string, { operator, isNegated, values }: Comparison): SqlPart {
  const not = isNegated ? 'NOT ' : ''
  switch (operator) {
    case 'IN':
      return { sql: `${value} ${not}IN (${values.map(() => '?').join(', ')})`, values }
    case 'LIKE':
      return { sql: `${value} ${not}GLOB ?`, values: [toGlob(String(values[0]))] }
    case 'ILIKE':
      // SQLite's LIKE takes a-z and A-Z for the same.
      return { sql: `${value} ${not}LIKE ?`, values }
    case '=':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return { sql: `${value} ${operator} ?`, values }
  }
}

/** SQLite's LIKE knows no upper and lower case, its GLOB does. */
function toGlob(pattern: string): string {
  return pattern.replaceAll(/[*?[]/g, '[$&]').replaceAll('%', '*').replaceAll('_', '?')
}

function columnOf({ key }: Field, searchable: Searchable): string {
  const { sql, filterSql = sql } = findAttribute(key, searchable)
  return filterSql
}
