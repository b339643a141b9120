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
  const parts = groupByField(conditions, connective, searchable).map((group) =>
    group.kind === 'comparisons'
      ? planComparisons(group, connective, searchable)
      : planCondition(group, searchable),
  )
  return joined(parts, connective)
}

function joined(parts: readonly SqlPart[], connective: 'AND' | 'OR'): SqlPart {
  return {
    sql: `(${parts.map(({ sql }) => sql).join(` ${connective} `)})`,
    values: parts.flatMap(({ values }) => values),
  }
}

/** Comparisons of one field, that stand together: what they look at is looked up once. */
interface Comparisons {
  readonly kind: 'comparisons'
  readonly field: Field
  readonly comparisons: readonly Comparison[]
}

/**
 * Puts together what may be: one row of a key fits this or that, when a row does that fits this
 * and one does that fits that; but that the same row fits both, needs a key that has one alone.
 */
function groupByField(
  conditions: readonly Condition[],
  connective: 'AND' | 'OR',
  searchable: Searchable,
): readonly (Condition | Comparisons)[] {
  const groups = new Map<string, Comparison[]>()
  const all: (Condition | Comparisons)[] = []
  for (const condition of conditions) {
    const field =
      condition.kind === 'comparison' ? lookedUp(condition.field, searchable) : undefined
    const side = field && searchable.sides[field.entity]
    if (condition.kind !== 'comparison' || field === undefined || side === undefined) {
      all.push(condition)
      continue
    }
    const mayJoin = connective === 'OR' || side.isSingle === true
    const name = JSON.stringify([field.entity, field.key, mayJoin ? '' : all.length])
    const known = groups.get(name)
    if (known !== undefined) {
      known.push(condition)
      continue
    }
    const comparisons = [condition]
    groups.set(name, comparisons)
    all.push({ kind: 'comparisons', field, comparisons })
  }
  return all
}

/** What a filter on the field looks at. */
function lookedUp(field: Field, searchable: Searchable): Field {
  if (searchable.sides[field.entity] !== undefined) return field
  const { filterTag } = findAttribute(field.key, searchable)
  return filterTag === undefined ? field : { entity: 'tag', key: filterTag, type: 'text' }
}

/**
 * How many rows of other tables are looked at for each row that is searched, at most: what a
 * search costs.
 */
export function countLookups(condition: Condition, searchable: Searchable): number {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const connective = condition.kind === 'all' ? 'AND' : 'OR'
      return groupByField(condition.conditions, connective, searchable)
        .map((group) => (group.kind === 'comparisons' ? 1 : countLookups(group, searchable)))
        .reduce((sum, count) => sum + count, 0)
    }
    case 'not':
      return countLookups(condition.condition, searchable)
    case 'missing':
    case 'comparison':
      return searchable.sides[lookedUp(condition.field, searchable).entity] === undefined ? 0 : 1
  }
}

function planMissing(given: Field, searchable: Searchable): SqlPart {
  const field = lookedUp(given, searchable)
  const side = searchable.sides[field.entity]
  if (side === undefined) {
    // An attribute that was not given is an empty text to some clients.
    return { sql: `ifnull(${columnOf(field, searchable)}, '') = ''`, values: [] }
  }
  const rows = side.rows(field.key)
  const isThere = field === given ? 'IS NOT NULL' : `<> ''`
  return {
    sql: `NOT EXISTS (SELECT 1 ${rows.sql} AND ${side.value(field.key)} ${isThere})`,
    values: rows.values,
  }
}

function planComparison(comparison: Comparison, searchable: Searchable): SqlPart {
  const field = lookedUp(comparison.field, searchable)
  if (searchable.sides[field.entity] !== undefined) {
    return planComparisons({ field, comparisons: [comparison] }, 'AND', searchable)
  }
  const { sql, values } = compare(columnOf(field, searchable), comparison)
  return { sql: `(${sql}) IS TRUE`, values }
}

function planComparisons(
  { field, comparisons }: Omit<Comparisons, 'kind'>,
  connective: 'AND' | 'OR',
  searchable: Searchable,
): SqlPart {
  const side = searchable.sides[field.entity]!
  const rows = side.rows(field.key)
  const fits = joined(
    comparisons.map((comparison) => {
      const { sql, values } = compare(side.value(field.key), comparison)
      return { sql: side.hasNan === true ? `(${withNan(sql, comparison)})` : sql, values }
    }),
    connective,
  )
  return {
    sql: `EXISTS (SELECT 1 ${rows.sql} AND ${fits.sql})`,
    values: [...rows.values, ...fits.values],
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
  return findAttribute(key, searchable).sql
}
