/** The rows an expectation is about: all of a table, or those that meet a condition. */

import type { Table } from '../../table/column.ts'

export interface RowSource {
  /** The whole table; positions of rows count in it. */
  readonly table: Table
  /** SQL condition that is never null; `undefined` keeps all rows. */
  readonly condition: string | undefined
}

/** The table of the rows that meet the condition. */
export function keptRows({ table, condition }: RowSource): Table {
  if (condition === undefined) return table
  return { ...table, relation: `(SELECT * FROM ${table.relation} WHERE ${condition})` }
}
