/**
 * SQL aggregates over the rows that meet a condition, for statements with many of them. None has a FILTER: for each one DuckDB sets up room for
 * the arguments of every aggregate of the statement, which for 500 takes four times as long and hundreds of megabytes.
 */

/** A count of the rows that meet a condition. */
export function countWhere(condition: string): string {
  return `count(CASE WHEN ${condition} THEN 1 END)`
}

/** How many different values, without NULL, there are in the rows that meet a condition. */
export function countDistinctWhere(value: string, condition: string): string {
  return `count(DISTINCT CASE WHEN ${condition} THEN ${value} END)`
}
