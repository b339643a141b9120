/** Numbers and days as SQL reads them out of text, written in the forms of a file. */

import type { TimeField } from '../../core/schema.ts'
import { quoteText } from '../duckdb-store.ts'
import { momentSql } from '../schema/datetime-sql.ts'
import { daySql, numberPattern } from '../schema/violation-sql.ts'
import { turnedDaySql, turnedMomentSql } from './decide-dates.ts'
import type { CellForms } from './read-options.ts'

/** SQL of the number that a text writes, spelled as 1234.5; NULL for any other text. */
export function numberTextSql(text: string, forms: CellForms): string {
  const cell = `trim(${text})`
  const { decimal, thousands } = marksOf(forms)
  if (decimal === '.' && thousands === undefined) {
    return `CASE WHEN regexp_full_match(${cell}, ${quoteText(numberPattern)}) THEN ${cell} END`
  }
  const mark = `[${decimal}]`
  const digits = [
    String.raw`\d+(${mark}\d*)?`,
    String.raw`${mark}\d+`,
    ...(thousands === undefined
      ? []
      : [String.raw`[1-9]\d{0,2}(${groupClass(thousands)}\d{3})+(${mark}\d*)?`]),
  ]
  const pattern = String.raw`[+-]?(${digits.join('|')})([eE][+-]?\d+)?`
  return `CASE WHEN regexp_full_match(${cell}, ${quoteText(pattern)}) THEN ${plainNumberSql(cell, { decimal, thousands })} END`
}

/** SQL of a number in these forms, spelled as 1234.5. */
export function plainNumberSql(
  text: string,
  { decimal, thousands }: { readonly decimal: '.' | ','; readonly thousands: string | undefined },
): string {
  const whole =
    thousands === undefined
      ? text
      : `regexp_replace(${text}, ${quoteText(groupClass(thousands))}, '', 'g')`
  return decimal === ',' ? `replace(${whole}, ',', '.')` : whole
}

/** SQL of the day that a text writes; NULL for any other text. */
export function dayTextSql(text: string, { dateOrder }: CellForms): string {
  if (dateOrder === undefined) return daySql(text)
  return `coalesce(${daySql(text)}, ${turnedDaySql(text, dateOrder)})`
}

/** SQL of the value of a field of days or moments that a text writes; NULL for any other text. */
export function timeTextSql(
  { type }: Pick<TimeField, 'type'>,
  text: string,
  forms: CellForms,
): string {
  if (type === 'date') return dayTextSql(text, forms)
  const { dateOrder } = forms
  if (dateOrder === undefined) return momentSql(text)
  return `coalesce(${momentSql(text)}, ${turnedMomentTextSql(text, forms)})`
}

/** SQL of the moment that a text writes with the year last, or of a day the beginning; NULL for any other text. */
export function turnedMomentTextSql(text: string, forms: CellForms): string {
  const day = `CAST(${dayTextSql(text, forms)} AS TIMESTAMP)`
  const { dateOrder } = forms
  return dateOrder === undefined ? day : `coalesce(${day}, ${turnedMomentSql(text, dateOrder)})`
}

/** Where one mark is said, the other is the one that is left. */
function marksOf({ decimal, thousands }: CellForms): {
  readonly decimal: '.' | ','
  readonly thousands: string | undefined
} {
  const point = decimal ?? (thousands === '.' ? ',' : '.')
  const other = decimal === undefined ? undefined : decimal === ',' ? '.' : ','
  return { decimal: point, thousands: thousands ?? other }
}

/** As a class of characters, a dot is no more than a dot. */
function groupClass(thousands: string): string {
  return alike[thousands] ?? `[${thousands}]`
}

const alike: Readonly<Record<string, string>> = { ' ': '[ \u00A0\u202F]', "'": "['’]" }
