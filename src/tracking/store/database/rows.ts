/** Reads values out of database rows; the schema's STRICT tables make the types certain. */

import type { Row } from './database-store.ts'

export function textOf(row: Row, column: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw new TypeError(`column ${column} holds ${typeof value}, expected text`)
}

export function numberOf(row: Row, column: string): number {
  const value = row[column]
  if (typeof value === 'number') return value
  throw new TypeError(`column ${column} holds ${typeof value}, expected a number`)
}

/** `undefined` for NULL. */
export function optionalTextOf(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column)
}

/** `undefined` for NULL. */
export function optionalNumberOf(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : numberOf(row, column)
}

/** The rows' `key` and `value` by the row's owner, for example by run. */
export function groupPairs(
  rows: readonly Row[],
  owner: (row: Row) => string,
): Map<string, Record<string, string>> {
  const groups = new Map<string, Record<string, string>>()
  for (const [name, members] of Map.groupBy(rows, owner)) groups.set(name, toRecord(members))
  return groups
}

/** The rows' `key` and `value`; a key named '__proto__' is data like any other. */
function toRecord(rows: readonly Row[]): Record<string, string> {
  return Object.fromEntries(rows.map((row) => [textOf(row, 'key'), textOf(row, 'value')]))
}
