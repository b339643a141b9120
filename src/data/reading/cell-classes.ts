/** What a cell of delimited text can be, told from the cell alone; the whole column decides on its type. */

import { zonePattern } from './zoned-times.ts'

export const textClasses = [
  'missing',
  'integer',
  'huge',
  'endless',
  'exponent',
  'decimal',
  'infinite',
  'comma-decimal',
  'comma-group',
  'comma-groups',
  'dot-group',
  'dot-groups',
  'space-group',
  'space-comma',
  'space-dot',
  'apostrophe-group',
  'apostrophe-comma',
  'apostrophe-dot',
  'code',
  'boolean',
  'date',
  'timestamp',
  'zoned',
  'day-first',
  'month-first',
  'doubtful-date',
  'short-date',
  'day-first-time',
  'month-first-time',
  'doubtful-time',
  'text',
  'overflow',
] as const

/**
 * `integer` fits 64 bits, `huge` has at most 38 digits, `endless` more; `exponent` is a whole number
 * such as 2e+05; `overflow` is 1e400, which no double holds; `comma-group` is 1,234, which may be either, `comma-groups` is 1,234.5 or 1,234,567;
 * `dot-group` is 1.234, a decimal unless the file has decimal commas, `dot-groups` 1.234,5 or 1.234.567; `space-group` is
 * 1 234 or 1 234 567, `space-comma` 1 234,5, `space-dot` 1 234.5, each also with the spaces that break no line; `apostrophe-group` and the others the same with ' or ’; `code` begins with a zero that no number has. `day-first` is 31/12/2021,
 * `month-first` 12/31/2021, `doubtful-date` 03/04/2021, `short-date` one with a year of two digits; with
 * a time of day behind them they are `day-first-time`, `month-first-time` and `doubtful-time`.
 */
export type TextClass = (typeof textClasses)[number]

/** The numbers classes go by while cells are counted. */
export const classIndex: Readonly<Record<TextClass, number>> = {
  missing: 0,
  integer: 1,
  huge: 2,
  endless: 3,
  exponent: 4,
  decimal: 5,
  infinite: 6,
  'comma-decimal': 7,
  'comma-group': 8,
  'comma-groups': 9,
  'dot-group': 10,
  'dot-groups': 11,
  'space-group': 12,
  'space-comma': 13,
  'space-dot': 14,
  'apostrophe-group': 15,
  'apostrophe-comma': 16,
  'apostrophe-dot': 17,
  code: 18,
  boolean: 19,
  date: 20,
  timestamp: 21,
  zoned: 22,
  'day-first': 23,
  'month-first': 24,
  'doubtful-date': 25,
  'short-date': 26,
  'day-first-time': 27,
  'month-first-time': 28,
  'doubtful-time': 29,
  text: 30,
  overflow: 31,
}

/** The class index of short plain numbers, -1 for everything that needs a closer look. */
export function classifyPlainNumber(bytes: Uint8Array, from: number, to: number): number {
  const start = bytes[from] === minus ? from + 1 : from
  const length = to - start
  if (length > 16 || !isDigit(bytes[start])) return -1
  if (bytes[start] === zero && isDigit(bytes[start + 1]) && length > 1) return -1
  let dots = 0
  let lastDot = 0
  for (let at = start; at < to; at++) {
    if (isDigit(bytes[at])) continue
    if (bytes[at] !== dot) return -1
    dots++
    lastDot = at
  }
  if (dots === 0) return classIndex.integer
  return dots === 1 ? classifyPoint(bytes, start, lastDot, to) : -1
}

/** Of digits with a dot among them. */
function classifyPoint(bytes: Uint8Array, start: number, point: number, to: number): number {
  const isGroup = to - point === 4 && point - start <= 3 && bytes[start] !== zero
  return isGroup ? classIndex['dot-group'] : classIndex.decimal
}

const minus = 45
const dot = 46
const zero = 48
const nine = 57

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine
}

const numberPatterns: readonly (readonly [RegExp, TextClass])[] = [
  [/^[+-]?0\d+(\.\d*)?$/, 'code'],
  [/^[+-]?[1-9]\d{0,2}\.\d{3}$/, 'dot-group'],
  [/^[+-]?(\d+\.\d*|\.\d+)$/, 'decimal'],
  [/^[+-]?(inf|infinity)$/i, 'infinite'],
  [/^[+-]?nan$/i, 'decimal'],
  [/^[+-]?[1-9]\d{0,2},\d{3}$/, 'comma-group'],
  [/^[+-]?[1-9]\d{0,2}(,\d{3})+\.\d+$/, 'comma-groups'],
  [/^[+-]?[1-9]\d{0,2}(,\d{3}){2,}$/, 'comma-groups'],
  [/^[+-]?[1-9]\d{0,2}(\.\d{3})+,\d+$/, 'dot-groups'],
  [/^[+-]?[1-9]\d{0,2}(\.\d{3}){2,}$/, 'dot-groups'],
  [/^[+-]?\d+,\d+$/, 'comma-decimal'],
  [/^[+-]?[1-9]\d{0,2}([ \u00A0\u202F]\d{3})+$/, 'space-group'],
  [/^[+-]?[1-9]\d{0,2}([ \u00A0\u202F]\d{3})+,\d+$/, 'space-comma'],
  [/^[+-]?[1-9]\d{0,2}([ \u00A0\u202F]\d{3})+\.\d+$/, 'space-dot'],
  [/^[+-]?[1-9]\d{0,2}(['’]\d{3})+$/, 'apostrophe-group'],
  [/^[+-]?[1-9]\d{0,2}(['’]\d{3})+,\d+$/, 'apostrophe-comma'],
  [/^[+-]?[1-9]\d{0,2}(['’]\d{3})+\.\d+$/, 'apostrophe-dot'],
]

const time = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.]\d{1,6})?)?`
const otherPatterns: readonly (readonly [RegExp, TextClass])[] = [
  [/^(true|false)$/i, 'boolean'],
  [/^\d{4}-\d\d-\d\d$/, 'date'],
  [new RegExp(`^${time}$`), 'timestamp'],
  [new RegExp(`^${time}${zonePattern}$`), 'zoned'],
]

/** Longer cells than this are texts: no number or date needs more. */
const longestNumber = 60

/** The class of a cell that is not missing; blanks around a number are allowed, as in pandas, but no others than those of ASCII. */
export function classifyText(cell: string): TextClass {
  if (cell.length > longestNumber) return 'text'
  const text = cell.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '')
  if (/^[+-]?(0|[1-9]\d*)$/.test(text)) return classifyInteger(text)
  if (/^[+-]?(\d+\.?\d*|\.\d+)e[+-]?\d{1,3}$/i.test(text)) return classifyExponent(text)
  const number = numberPatterns.find(([pattern]) => pattern.test(text))
  if (number !== undefined) return number[1]
  const other = otherPatterns.find(([pattern]) => pattern.test(cell))?.[1]
  if (other === undefined) return classifyDate(cell)
  const isTime = other === 'date' || other === 'timestamp' || other === 'zoned'
  return isTime && !isOfCalendar(cell) ? 'text' : other
}

function classifyInteger(text: string): TextClass {
  const digits = text.replace(/^[+-]/, '').length
  if (digits <= 18) return 'integer'
  if (digits > 38) return 'endless'
  return BigInt.asIntN(64, BigInt(text.replace('+', ''))) === BigInt(text.replace('+', ''))
    ? 'integer'
    : 'huge'
}

function classifyExponent(text: string): TextClass {
  const value = Number(text)
  if (!Number.isFinite(value)) return 'overflow'
  return Number.isSafeInteger(value) && /e\+?\d/i.test(text) ? 'exponent' : 'decimal'
}

/** Dates whose year is last. */
function classifyDate(text: string): TextClass {
  if (shortDate.test(text)) return 'short-date'
  const [, first, , second, year, hour] = turnedDate.exec(text) ?? []
  const isDayFirst = isDay(Number(year), Number(second), Number(first))
  const isMonthFirst = isDay(Number(year), Number(first), Number(second))
  const hasTime = hour !== undefined
  if (isDayFirst && isMonthFirst) return hasTime ? 'doubtful-time' : 'doubtful-date'
  if (isDayFirst) return hasTime ? 'day-first-time' : 'day-first'
  if (isMonthFirst) return hasTime ? 'month-first-time' : 'month-first'
  return 'text'
}

/** With a time of day, as spreadsheets write it. */
const turnedDate =
  /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?: ((?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?))?$/

/** With dots only as 01.02.10: 1.2.10 is a version. */
const shortDate = /^([0-3]?\d([/-])[0-3]?\d\2|[0-3]\d\.[0-3]\d\.)\d\d$/

function isDay(year: number, month: number, day: number): boolean {
  if (year === 0) return false
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

function isOfCalendar(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number)
  if (!isDay(year!, month!, day!)) return false
  const [hour = 0, minute = 0, second = 0] = (/\d\d:\d\d(:\d\d)?/.exec(text)?.[0] ?? '')
    .split(':')
    .map(Number)
  return hour < 24 && minute < 60 && second < 60
}
