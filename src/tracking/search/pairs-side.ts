/** Sides that are keys and values: tags, params, latest metrics. */

import type { Side } from './searchable.ts'

/** @param on - how `side`, a row of the table, belongs to the row that is searched */
export function pairsSide(table: string, on: string): Side & { readonly isSingle: true } {
  return {
    type: 'text',
    rows: (key) => ({ sql: `FROM ${table} AS side WHERE ${on} AND side.key = ?`, values: [key] }),
    value: () => 'side.value',
    isSingle: true,
  }
}
