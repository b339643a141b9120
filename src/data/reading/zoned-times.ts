/** Times with a zone, in text and in SQL. */

import { quoteText } from '../duckdb-store.ts'

/** What stands behind a time: `Z`, or an offset of less than a day. */
export const zonePattern = String.raw` ?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)`

/**
 * SQL of the moment in UTC, as a TIMESTAMP, of a text that is known to be a time with a zone. DuckDB's own cast takes neither a blank
 * before the zone nor a zone behind minutes.
 */
export function zonedTimeSql(text: string): string {
  const extract = (pattern: string, group: number): string =>
    `regexp_extract(${text}, ${quoteText(pattern)}, ${group})`
  const [sign, hours, minutes] = [1, 2, 3].map((group) => extract(offset, group))
  const count = `60 * TRY_CAST(${hours} AS BIGINT) + coalesce(TRY_CAST(${minutes} AS BIGINT), 0)`
  const shift = `CASE ${sign} WHEN '' THEN 0 WHEN '-' THEN ${count} ELSE -(${count}) END`
  return `(CAST(${extract(local, 1)} AS TIMESTAMP) + to_minutes(${shift}))`
}

const local = String.raw`^(.{10}[T ][\d:.]+)`
const offset = String.raw`([+-])(\d\d):?(\d\d)?$`
