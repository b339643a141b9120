/** Moments as SQL has them, and as they are written. */

import { momentBounds } from '../../core/moment.ts'
import { quoteName, quoteText } from '../duckdb-store.ts'
import type { Column } from '../table/column.ts'

/** A moment as ISO 8601 in UTC, to the microsecond: texts of one length, so that they order as moments do. */
export function isoOf(moment: string): string {
  return `strftime(${moment}, '%Y-%m-%dT%H:%M:%S.%fZ')`
}

/** A moment as {@link isoOf} writes it; one beyond the year 9999, which no fact has, is the last of that year. */
export function isoOfMs(milliseconds: number): string {
  const moment = Math.min(milliseconds, momentBounds.last)
  return new Date(moment).toISOString().replace('Z', '000Z')
}

/** A date or an instant that JavaScript reads. */
export function momentLiteral(moment: string): string {
  return `CAST(${quoteText(new Date(moment).toISOString())} AS TIMESTAMP)`
}

/** Whether the moment of a column lies beyond what is a moment here. */
export function isBeyondYears({ name }: Pick<Column, 'name'>): string {
  const value = quoteName(name)
  return `NOT isfinite(${value}) OR year(${value}) NOT BETWEEN 1 AND 9999`
}
