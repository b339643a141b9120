import type { Cell } from '../duckdb-store.ts'

/** For `sort`; missing values come last. */
export function compareCells(a: Cell, b: Cell): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1
  return a < b ? -1 : 1
}
