import { quoteName, quoteText } from '../duckdb-store.ts'
import { boundedMomentSql } from '../schema/datetime-sql.ts'
import { daysOfDate } from './calendar-day.ts'
import type { Leaf } from './expression-groups.ts'

/** The SQL of a column or a constant; a number may still be infinite. */
export function leafSql(leaf: Leaf): string {
  switch (leaf.kind) {
    case 'numberColumn':
      return `CAST(${quoteName(leaf.name)} AS DOUBLE)`
    case 'booleanColumn':
      return `CAST(${quoteName(leaf.name)} AS BOOLEAN)`
    case 'textColumn':
      return `nullif(CAST(${quoteName(leaf.name)} AS VARCHAR), '')`
    case 'dateColumn': {
      const date = `CAST(${quoteName(leaf.name)} AS DATE)`
      return `CASE WHEN ${date} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN ${date} END`
    }
    case 'datetimeColumn':
      return boundedMomentSql(quoteName(leaf.name))
    case 'number':
      return literal(leaf.value)
    case 'date':
      return daysOfDate(leaf.value) === null
        ? 'CAST(NULL AS DATE)'
        : `DATE ${quoteText(leaf.value)}`
  }
}

/** A number that is missing when it is not finite. */
export function literal(value: number): string {
  return Number.isFinite(value) ? `CAST('${value}' AS DOUBLE)` : 'CAST(NULL AS DOUBLE)'
}
