/** The order of day and month in a column of dates whose year is last. */

import { quoteName } from '../duckdb-store.ts'
import type { TextClass } from './cell-classes.ts'
import type { Found, TypeDecision } from './column-tally.ts'
import type { DateOrder } from './read-options.ts'

/** The classes of dates that are not written as ISO 8601 has them. */
export const turnedDates = [
  'day-first',
  'month-first',
  'doubtful-date',
  'short-date',
  'day-first-time',
  'month-first-time',
  'doubtful-time',
] as const

/** Cells that tell the order. */
const told = {
  'day-first': ['day-first', 'day-first-time'],
  'month-first': ['month-first', 'month-first-time'],
} as const
const doubts = ['doubtful-date', 'doubtful-time'] as const

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
  const orders = (['day-first', 'month-first'] as const).filter((order) => has(...told[order]))
  const [order = known, other] = orders
  const firstOf = (kinds: readonly TextClass[]): string => first(kinds.find((kind) => has(kind))!)
  if (order === undefined) {
    const words = `day and month cannot be told apart in all of its dates, ${firstOf(doubts)}`
    const refused = refuse(found, `${words}; --date-order says which of them is first`)
    return { ...refused, doubt: firstOf(doubts) }
  }
  if (other !== undefined) {
    const words = `the day is first in some of its dates, ${firstOf(told[order])}`
    return refuse(found, `${words}, the month in others, ${firstOf(told[other])}`)
  }
  if (known !== undefined && known !== order) {
    return refuse(
      found,
      `the ${names[known]} is not first in all of its dates, ${firstOf(told[order])}`,
    )
  }
  const proof = has(...told[order]) ? firstOf(told[order]) : 'as said'
  const cell = `translate(${quoteName(tally.name)}, '.-', '//')`
  const day = formats[order]
  const isMoment = has('day-first-time', 'month-first-time', 'doubtful-time')
  return {
    ...(isMoment
      ? {
          type: 'TIMESTAMP',
          sql: `strptime(${cell}, ${momentFormats(order)})`,
        }
      : { type: 'DATE', sql: `CAST(strptime(${cell}, '${day}') AS DATE)` }),
    forms: { dateOrder: order },
    reason: `every value is a date${isMoment ? ' with a time' : ''} with the ${names[order]} first, ${proof}`,
  }
}

/**
 * SQL of the day that a text writes with the year last, in the order that was said, NULL for any other text: of a column
 * in which not all cells are such dates, and which is therefore text.
 */
export function turnedDaySql(text: string, order: DateOrder): string {
  const cell = `trim(${text})`
  const day = `try_strptime(translate(${cell}, '.-', '//'), '${formats[order]}')`
  return `CASE WHEN regexp_full_match(${cell}, '${turnedShape}') THEN CAST(${day} AS DATE) END`
}

/** The same of a day with a time of day behind it. */
export function turnedMomentSql(text: string, order: DateOrder): string {
  const cell = `trim(${text})`
  const shape = String.raw`${turnedShape} \d{1,2}:\d{2}(:\d{2})?`
  const moment = `try_strptime(translate(${cell}, '.-', '//'), ${momentFormats(order)})`
  return `CASE WHEN regexp_full_match(${cell}, '${shape}') THEN ${moment} END`
}

const turnedShape = String.raw`\d{1,2}(/\d{1,2}/|\.\d{1,2}\.|-\d{1,2}-)\d{4}`

/** As SQL's list; the first that fits is taken. */
function momentFormats(order: DateOrder): string {
  const day = formats[order]
  return `['${day}', '${day} %H:%M', '${day} %H:%M:%S']`
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
