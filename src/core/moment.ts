/** A day with a time of day, as text and as a number: milliseconds since 1970-01-01T00:00:00Z, which a double holds exactly. */

const dayPart = String.raw`\d{4}-\d{2}-\d{2}`
const timePart = String.raw`([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.](\d{1,9}))?)?`
const zonePart = String.raw` ?(?:[Zz]|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)`

/**
 * What a moment looks like, for JavaScript and for SQL alike: a day and a time to the minute, the second or 9 digits of it, with a
 * `T` or a blank between, then nothing, `Z` or an offset such as `+05:30`. A day alone is its midnight.
 */
export const momentPattern = `(${dayPart})(?:[Tt ]${timePart}(?:${zonePart})?)?`

/** Where in {@link momentPattern} the parts stand, counted from 1. */
export const momentGroups = [
  'day',
  'hour',
  'minute',
  'second',
  'fraction',
  'sign',
  'zone_hour',
  'zone_minute',
] as const

/** The first and the last millisecond of the years 1 to 9999. */
export const momentBounds = { first: -62_135_596_800_000, last: 253_402_300_799_999 } as const

const pattern = new RegExp(`^${momentPattern}$`)
const minuteMs = 60_000

/**
 * The moment that a text writes, in milliseconds since 1970; digits beyond the millisecond are cut. Without an offset it is in
 * UTC. `undefined` for any other text: days that are not there, 24:00:00, leap seconds, years beyond 1 to 9999.
 */
export function parseMoment(text: string): number | undefined {
  const found = pattern.exec(text)
  if (found === null) return undefined
  const [, day = '', ...time] = found
  const midnight = Date.parse(`${day}T00:00:00Z`)
  // JavaScript takes 2025-02-30 for 2025-03-02.
  if (Number.isNaN(midnight) || day < '0001' || !new Date(midnight).toISOString().startsWith(day)) {
    return undefined
  }
  const moment = midnight + timeOf(time) - offsetOf(time)
  return isMoment(moment) ? moment : undefined
}

type Parts = readonly (string | undefined)[]

/** Milliseconds since midnight. */
function timeOf([hour = '0', minute = '0', second = '0', fraction = '']: Parts): number {
  return (
    minutesOf(hour, minute) * minuteMs +
    Number(second) * 1000 +
    Number(fraction.slice(0, 3).padEnd(3, '0'))
  )
}

function offsetOf([, , , , sign, hour = '0', minute = '0']: Parts): number {
  return (sign === '-' ? -minuteMs : minuteMs) * minutesOf(hour, minute)
}

function minutesOf(hour: string, minute: string): number {
  return Number(hour) * 60 + Number(minute)
}

/** The moment of a number as RFC 3339 writes it, `2025-03-31T14:05:00Z`; `undefined` for what is no whole number or beyond {@link momentBounds}. */
export function formatMoment(milliseconds: number): string | undefined {
  if (!isMoment(milliseconds)) return undefined
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z')
}

function isMoment(milliseconds: number): boolean {
  const { first, last } = momentBounds
  return Number.isInteger(milliseconds) && milliseconds >= first && milliseconds <= last
}
