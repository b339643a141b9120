/** Excel keeps times as numbers of days; only the format of a cell tells them from other numbers. */

/** What a number format shows. */
export type ExcelMeaning = 'number' | 'time' | 'date'

/** Reads a format such as 'dd.mm.yyyy' or '0.00'; a duration such as '[h]:mm' stays a number of days. */
export function meaningOf(format: string): ExcelMeaning {
  const plain = (format.split(';')[0] ?? '').replaceAll(/"[^"]*"|\\.|_.|\*./g, '')
  if (/\[(?:h+|m+|s+)\]/i.test(plain)) return 'number'
  const letters = plain.replaceAll(/\[[^\]]*\]|general/gi, '').toLowerCase()
  if (/[yd]/.test(letters)) return 'date'
  if (/[hs]/.test(letters)) return 'time'
  return letters.includes('m') ? 'date' : 'number'
}

const dayMs = 86_400_000

/**
 * A number of days as ISO 8601, to the millisecond: a date alone when there is no time of day.
 * Excel counts from 1900 and takes that for a leap year, or from 1904.
 *
 * @returns `undefined` for what Excel shows as no date: negative numbers and those after 9999, and the
 *   29th of February 1900, which never was
 */
export function isoOfSerial(serial: number, from1904: boolean): string | undefined {
  const days = from1904 ? serial + 1462 : serial
  const whole = Math.floor(days)
  if (days < 0 || whole === 60 || days >= 2_958_466) return undefined
  const shift = days < 60 ? 1 : 0
  const ms = Date.UTC(1899, 11, 30) + Math.round((days + shift) * dayMs)
  const iso = new Date(ms).toISOString().slice(0, -1)
  return iso.endsWith('T00:00:00.000') ? iso.slice(0, 10) : iso.replace(/\.000$/, '')
}

/** A part of a day as a time, such as 0.5 as '12:00:00'; `undefined` for a day or more. */
export function timeOfSerial(serial: number): string | undefined {
  if (serial < 0 || serial >= 1) return undefined
  return new Date(Math.round(serial * dayMs))
    .toISOString()
    .slice(11, -1)
    .replace(/\.000$/, '')
}
