/** Moments in SQL: TIMESTAMPs in UTC, to the millisecond. */

import { momentBounds, momentGroups, momentPattern } from '../../core/moment.ts'
import { quoteText } from '../duckdb-store.ts'

/**
 * SQL of the moment that a text writes, NULL for any other text: DuckDB's own cast would leave an offset out, and take 24:00:00. It
 * agrees with `parseMoment`.
 *
 * @param text - blanks around the moment are none of it, as they are around numbers
 */
export function momentSql(text: string): string {
  const cell = `trim(${text})`
  const part = (name: (typeof momentGroups)[number]): string =>
    `regexp_extract(${cell}, ${quoteText(momentPattern)}, ${momentGroups.indexOf(name) + 1})`
  const local = `TRY_CAST(translate(regexp_extract(${cell}, ${quoteText(localPattern)}), 'Tt', '  ') AS TIMESTAMP)`
  const [hours, minutes] = (['zone_hour', 'zone_minute'] as const).map(
    (name) => `coalesce(TRY_CAST(${part(name)} AS BIGINT), 0)`,
  )
  const sign = `CASE ${part('sign')} WHEN '-' THEN 1 ELSE -1 END`
  return `CASE WHEN regexp_full_match(${cell}, ${quoteText(momentPattern)}) AND ${cell} >= '0001'
    THEN ${local} + to_minutes(${sign} * (60 * ${hours} + ${minutes})) END`
}

/** What of a moment stands before its offset, to the millisecond. */
const localPattern = String.raw`^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}([.]\d{1,3})?)?)?`

/** SQL of a moment's TIMESTAMP that has no more digits than count, NULL where it is beyond the years 1 to 9999. */
export function boundedMomentSql(cell: string): string {
  const moment = `CAST(${cell} AS TIMESTAMP)`
  return `CASE WHEN ${isMomentSql(moment)} THEN date_trunc('millisecond', ${moment}) END`
}

/** Whether a TIMESTAMP is a moment that a field may hold; NULL where it is missing. */
export function isMomentSql(moment: string): string {
  const { first, last } = momentBounds
  return `${moment} BETWEEN ${momentLiteral(first)} AND ${momentLiteral(last)} + INTERVAL 999 MICROSECONDS`
}

/** @param milliseconds - since 1970 */
export function momentLiteral(milliseconds: number): string {
  return `make_timestamp(${milliseconds}000)`
}

/** SQL of the milliseconds since 1970 that stand for a moment. */
export function momentNumberSql(cell: string): string {
  // `epoch_ms` alone cuts towards 1970.
  return `epoch_ms(${boundedMomentSql(cell)})`
}
