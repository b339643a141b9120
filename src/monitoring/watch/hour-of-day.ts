/** What of moments is compared: their hour of the day, in UTC. That they move on with the calendar is no drift. */

import type { InputFields } from '../../core/input-field.ts'
import { quoteName } from '../../data/duckdb-store.ts'
import type { TableDistributions } from '../../data/profile/read-distributions.ts'
import { momentOf, type Column, type Table } from '../../data/table/column.ts'

/** How the hours of a column of moments are held. */
export const hoursColumn = { type: 'UTINYINT', family: 'number' } as const satisfies Partial<Column>

/** @param moment - SQL of a TIMESTAMP */
export function hourSql(moment: string): string {
  return `CAST(hour(${moment}) AS ${hoursColumn.type})`
}

/**
 * Known rows with hours in place of the moments that a model takes; a stored profile does not have them, so of it only what is missing
 * is left.
 */
export function withHours(
  side: Table | TableDistributions,
  fields: InputFields,
): Table | TableDistributions {
  const isMoment = ({ name, family }: Pick<Column, 'name' | 'family'>): boolean =>
    family === 'time' && Object.hasOwn(fields, name) && fields[name]!.type === 'datetime'
  if ('relation' in side) {
    const moments = side.columns.filter(isMoment)
    if (moments.length === 0) return side
    const hours = moments.map(
      (column) => `${hourSql(momentOf(column))} AS ${quoteName(column.name)}`,
    )
    return {
      relation: `(SELECT * REPLACE (${hours.join(', ')}) FROM ${side.relation})`,
      columns: side.columns.map((column) =>
        isMoment(column) ? { name: column.name, ...hoursColumn } : column,
      ),
    }
  }
  const columns = Array.from(side.columns, ([name, column]) => {
    if (!isMoment(column)) return [name, column] as const
    const { distribution: _, range: __, ...missing } = column
    return [name, { ...missing, ...hoursColumn }] as const
  })
  return { rows: side.rows, columns: new Map(columns) }
}
