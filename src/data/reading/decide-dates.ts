/** The order of day and month in a column of dates whose year is last. */

import { quoteName } from '../duckdb-store.ts'
import type { Found, TypeDecision } from './column-tally.ts'
import type { DateOrder } from './read-options.ts'

/** The classes of dates that are not written as ISO 8601 has them. */
export const turnedDates = ['day-first', 'month-first', 'doubtful-date', 'short-date'] as const

const names: Readonly<Record<DateOrder, string>> = { 'day-first': 'day', 'month-first': 'month' }

/**
 * One date decides for all: where a part is above 12, it is the day. Without such a date the column is text,
 * and so it is when its dates contradict each other.
 *
 * @param known - the order, when it was said
 */
export function decideDates(found: Found, known: DateOrder | undefined): TypeDecision {
  const { tally, has, only, first } = found
  if (has('short-date')) {
    return refuse(found, `the years of its dates have two digits, ${first('short-date')}`)
  }
  if (!only(...turnedDates)) {
    const turned = turnedDates.find((name) => has(name))!
    return refuse(found, `only some of its dates begin with the year, ${first(turned)}`)
  }
  const orders = (['day-first', 'month-first'] as const).filter((order) => has(order))
  const [order = known, other] = orders
  if (order === undefined) {
    const words = `day and month cannot be told apart in all of its dates, ${first('doubtful-date')}`
    const refused = refuse(found, `${words}; --date-order says which of them is first`)
    return { ...refused, doubt: first('doubtful-date') }
  }
  if (other !== undefined) {
    const words = `the day is first in some of its dates, ${first(order)}`
    return refuse(found, `${words}, the month in others, ${first(other)}`)
  }
  if (known !== undefined && known !== order) {
    return refuse(found, `the ${names[known]} is not first in all of its dates, ${first(order)}`)
  }
  const proof = has(order) ? first(order) : 'as said'
  return {
    type: 'DATE',
    sql: `CAST(strptime(translate(${quoteName(tally.name)}, '.-', '//'), '${formats[order]}') AS DATE)`,
    forms: { dateOrder: order },
    reason: `every value is a date with the ${names[order]} first, ${proof}`,
  }
}

/**
 * SQL of the day that a text writes with the year last, in the order that was said, NULL for any other text: of a column
 * in which not all cells are such dates, and which is therefore text.
 */
export function turnedDaySql(text: string, order: DateOrder): string {
  const cell = `trim(${text})`
  const shape = String.raw`\d{1,2}(/\d{1,2}/|\.\d{1,2}\.|-\d{1,2}-)\d{4}`
  const day = `try_strptime(translate(${cell}, '.-', '//'), '${formats[order]}')`
  return `CASE WHEN regexp_full_match(${cell}, '${shape}') THEN CAST(${day} AS DATE) END`
}

const formats: Readonly<Record<DateOrder, string>> = {
  'day-first': '%d/%m/%Y',
  'month-first': '%m/%d/%Y',
}

function refuse({ tally }: Found, why: string): TypeDecision {
  return {
    type: 'VARCHAR',
    reason: 'its dates can be read in several ways',
    warning: `'${tally.name}' is text: ${why}`,
  }
}
