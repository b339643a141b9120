import { type Column, numberOf, type Table } from '../../table/column.ts'

/**
 * SQL of the sample standard deviation (n − 1): two sums instead of DuckDB's
 * running formula, which refuses infinities and may round otherwise on another
 * machine. NULL for fewer than two values.
 */
export function standardDeviation(column: Column, { relation }: Table): string {
  const value = `CAST(${numberOf(column)} AS DOUBLE)`
  const deviation = `(${value} - (SELECT avg(${value}) FROM ${relation}))`
  return `sqrt(sum(${deviation} * ${deviation}) / nullif(count(${value}) - 1, 0))`
}
