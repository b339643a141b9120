import { isDate } from './schema.ts'

/**
 * A moment as people write it, in milliseconds since 1970: a day, which begins at midnight UTC, or a day and a time with its zone,
 * `2026-01-31T12:00:00Z` or `2026-01-31 12:00+02:00`. `undefined` for all else: a time without a zone would be another moment on
 * another machine, and `Date` takes February 30 for March 2.
 */
export function parseInstant(text: string): number | undefined {
  const [, day = ''] = pattern.exec(text) ?? []
  const time = Date.parse(text.replace(' ', 'T'))
  return isDate(day) && !Number.isNaN(time) ? time : undefined
}

const pattern = /^(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/
