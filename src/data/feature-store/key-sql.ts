/** Keys of rows that facts are joined to, as facts have them: equal as DuckDB compares columns of two types is not the same key. */

import type { Field } from '../../core/schema.ts'
import { quoteName } from '../duckdb-store.ts'
import { type Column, isIntegerType } from '../table/column.ts'
import { storageOf } from './field-storage.ts'

/**
 * A key of a row as a fact would have it, NULL where no fact can have it: 1.5 for whole numbers, a time of day for days. Doubles and
 * whole numbers would else be compared as doubles, in which 2⁵³ + 1 is 2⁵³.
 *
 * @param qualifier - of the column, such as 'r.'
 */
export function keyOfRow(column: Column, field: Field, qualifier: string): string {
  const value = `${qualifier}${quoteName(column.name)}`
  const { type } = storageOf(field)
  if (column.type === type && type !== 'TIMESTAMP') return value
  switch (type) {
    case 'BIGINT':
      return `CASE WHEN ${value} = floor(${value}) THEN TRY_CAST(${value} AS BIGINT) END`
    case 'DOUBLE':
      return isIntegerType(column.type) ? exactDouble(value) : `CAST(${value} AS DOUBLE)`
    case 'BOOLEAN':
      return `CASE ${value} WHEN 1 THEN true WHEN 0 THEN false END`
    case 'DATE':
      return `CASE WHEN ${instant(value)} = date_trunc('day', ${instant(value)}) THEN CAST(${instant(value)} AS DATE) END`
    case 'TIMESTAMP':
      return toMilliseconds(instant(value))
    default:
      return `CAST(${value} AS VARCHAR)`
  }
}

function exactDouble(value: string): string {
  return `CASE WHEN ${isExactDouble(value)} THEN CAST(${value} AS DOUBLE) END`
}

/** Whether a whole number is one as a double, too. */
export function isExactDouble(value: string): string {
  return `TRY_CAST(CAST(${value} AS DOUBLE) AS HUGEINT) IS NOT DISTINCT FROM CAST(${value} AS HUGEINT)`
}

/** In UTC, as every connection has it; NULL beyond what a TIMESTAMP holds. */
function instant(value: string): string {
  return `TRY_CAST(${value} AS TIMESTAMP)`
}

/** A moment with the digits that count in fields of moments. */
export function toMilliseconds(moment: string): string {
  return `date_trunc('millisecond', ${moment})`
}
