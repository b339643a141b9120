/**
 * Texts that python-dateutil's parser reads as a date or time: the forms that
 * data is written in, not all it guesses at (docs/expectation-types.md lists both).
 */

import { daysInMonth } from './days-in-month.ts'

const year = String.raw`(?<year>\d{4})`
const shortYear = String.raw`(?<year>\d{4}|\d{2})`
const month = String.raw`(?<month>\d{1,2})`
const day = String.raw`(?<day>\d{1,2})(?:st|nd|rd|th)?`
const name =
  '(?<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)'
const weekday =
  '(?:(?:mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)[ ,]+)?'
const gap = '[ ,]+'

const dates = [
  `${year}(?<s>[-/.])${month}\\k<s>${day}`,
  // The day may be first where the other order names no month.
  `(?<either>\\d{1,2})(?<s>[-/.])(?<or>\\d{1,2})\\k<s>${shortYear}`,
  String.raw`(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})`,
  `${year}[-/]${month}`,
  `${month}/${year}`,
  `${day}(?<s>[- /.])${name}\\k<s>${shortYear}`,
  `${name}\\.?(?:${gap}|-|/)${day}(?:${gap}|-|/)${year}`,
  `${year}(?<s>[- /.])${name}\\k<s>${day}`,
  `${day} ${name},? ${year}`,
  `${name}\\.?[ ,/-]+${year}`,
  `${name} ${day}`,
  `${day} ${name}`,
  year,
]

const zone = String.raw`(?: ?(?:z|utc|gmt|[+-]\d{2}(?::?\d{2})?))?`
const clock = String.raw`(?<hour>\d{1,2}):(?<minute>\d{1,2})(?::(?<second>\d{1,2})(?:[.,]\d+)?)?(?: ?(?<half>[ap]\.?m\.?))?`
const clockOfHalf = String.raw`(?<hour>\d{1,2}) ?(?<half>[ap]m)`
const times = [clock + zone, clockOfHalf]
const packed = String.raw`(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})t(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})?${zone}`

const forms: readonly RegExp[] = [
  ...dates,
  ...times,
  ...dates.flatMap((date) => times.map((time) => `${date}(?: ?t ?|, | )${time}`)),
  packed,
].map((form) => new RegExp(`^ *${weekday}${form} *$`, 'i'))

/** Whether a text is a date or a time in one of the accepted forms, and one that exists. */
export function isDateText(text: string): boolean {
  return forms.some((form) => {
    const fields = form.exec(text)?.groups
    return fields !== undefined && isDay(fields) && isTime(fields)
  })
}

type Fields = Readonly<Record<string, string | undefined>>

const monthNames = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')

/** Where parts are missing, any day will do. */
function isDay(fields: Fields): boolean {
  const { year: years = '2000', month: months = '1', day: days = '1', name: word } = fields
  const { either, or } = fields
  if (either !== undefined && or !== undefined) {
    return (
      exists(Number(years), Number(either), Number(or)) ||
      exists(Number(years), Number(or), Number(either))
    )
  }
  if (years === '0000') return false
  const named = word === undefined ? Number(months) : placeOfMonth(word)
  return exists(Number(years), named, Number(days))
}

function placeOfMonth(word: string): number {
  return monthNames.indexOf(word.slice(0, 3).toLowerCase()) + 1
}

/** @param years - of two digits: in this or the last century, alike in their leap years but for 2000 */
function exists(years: number, months: number, days: number): boolean {
  const fullYear = years < 100 ? 2000 + years : years
  return months >= 1 && months <= 12 && days >= 1 && days <= daysInMonth(fullYear, months)
}

function isTime({ hour = '0', minute = '0', second = '0', half }: Fields): boolean {
  const hours = Number(hour)
  return hours <= (half === undefined ? 23 : 12) && Number(minute) <= 59 && Number(second) <= 59
}
