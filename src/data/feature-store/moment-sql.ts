/** Moments as SQL has them, and as they are written. */

import { quoteText } from '../duckdb-store.ts'

/** A moment as ISO 8601 in UTC, to the microsecond: texts of one length, so that they order as moments do. */
export function isoOf(moment: string): string {
  return `strftime(${moment}, '%Y-%m-%dT%H:%M:%S.%fZ')`
}

/** A moment as {@link isoOf} writes it. */
export function isoOfMs(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}

/** A date or an instant that JavaScript reads. */
export function momentLiteral(moment: string): string {
  return `CAST(${quoteText(new Date(moment).toISOString())} AS TIMESTAMP)`
}
