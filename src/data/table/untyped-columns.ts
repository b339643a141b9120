/** Columns of files without types in which no row has a value: they may be of any type. */

import { quoteName } from '../duckdb-store.ts'
import { familyOf, type Column, type Table } from './column.ts'

/** The table with what was decided about its columns, in their order. */
export function noteUntyped(
  table: Table,
  decisions: readonly { readonly isUntyped?: boolean }[],
): Table {
  const columns = table.columns.map((column, i): Column =>
    decisions[i]?.isUntyped === true ? { ...column, isUntyped: true } : column,
  )
  return { ...table, columns }
}

/** The table as it was read, then what it may be as well. */
export type TableReadings = readonly [Table, ...Table[]]

/** The table as it is and, where it has columns without a type, with other types for them. */
export function readingsOf(table: Table): TableReadings {
  if (!table.columns.some(({ isUntyped }) => isUntyped)) return [table]
  return [table, ...otherTypes.map((type) => readAs(table, type))]
}

/** One of each family that an expectation may ask for. */
const otherTypes = ['DOUBLE', 'TIMESTAMP', 'BOOLEAN'] as const

function readAs({ relation, columns, ...others }: Table, type: string): Table {
  const casts = columns
    .filter(({ isUntyped }) => isUntyped)
    .map(({ name }) => `CAST(${quoteName(name)} AS ${type}) AS ${quoteName(name)}`)
  return {
    ...others,
    relation: `(SELECT * REPLACE (${casts.join(', ')}) FROM ${relation})`,
    columns: columns.map((column) =>
      column.isUntyped === true ? { ...column, type, family: familyOf(type) } : column,
    ),
  }
}
