import { isDate } from '../../core/schema.ts'
import type { DatePart } from './expression.ts'

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

const dayMs = 86_400_000
