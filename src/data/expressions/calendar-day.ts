import { isDate } from '../../core/schema.ts'
import type { DatePart, DatetimePart } from './expression.ts'

/** Days from 1970-01-01 to a date written 2025-03-31; `null` for any other text, also for days that are not there. */
export function daysOfDate(text: string): number | null {
  return isDate(text) ? Date.parse(`${text}T00:00:00Z`) / dayMs : null
}

/** @param days - since 1970-01-01 */
export function datePartOf(days: number, part: DatePart['part']): number {
  const day = new Date(days * dayMs)
  switch (part) {
    case 'year':
      return day.getUTCFullYear()
    case 'month':
      return day.getUTCMonth() + 1
    case 'day':
      return day.getUTCDate()
    case 'weekday':
      return day.getUTCDay() === 0 ? 7 : day.getUTCDay()
  }
}

/** Days from 1970-01-01 to the day of a moment, in UTC. @param moment - milliseconds since 1970 */
export function dayOfMoment(moment: number): number {
  return Math.floor(moment / dayMs)
}

/** @param moment - milliseconds since 1970 */
export function datetimePartOf(moment: number, part: DatetimePart['part']): number {
  const { ms, count } = partsOfDay[part]
  return Math.floor((moment - dayOfMoment(moment) * dayMs) / ms) % count
}

/** How long each part is, and how many of it are before the next larger one begins. */
export const partsOfDay: Readonly<
  Record<DatetimePart['part'], { readonly ms: number; readonly count: number }>
> = {
  hour: { ms: 3_600_000, count: 24 },
  minute: { ms: 60_000, count: 60 },
  second: { ms: 1000, count: 60 },
}

export const dayMs = 86_400_000
