import { dayMs, partsOfDay } from './calendar-day.ts'
import type { DatePart, DatetimePart } from './expression.ts'
import type { NumberNodes } from './number-nodes.ts'

/**
 * Adds a part of a date to a graph, of which no operator knows the calendar. Whole numbers below 2⁵³ divide
 * exactly enough in doubles for the floor to be right. civil_from_days of [Hinnant 2021]
 *
 * @param days - since 1970-01-01
 */
export function addDatePart(nodes: NumberNodes, part: DatePart['part'], days: string): string {
  const { add, minus, times, over } = createWholeNumbers(nodes)
  // 1970-01-01 was a Thursday.
  if (part === 'weekday') {
    const sinceMonday = add(days, 3)
    return add(minus(sinceMonday, times(over(sinceMonday, 7), 7)), 1)
  }
  const sinceMarch = add(days, 719_468)
  const era = over(sinceMarch, 146_097)
  const dayOfEra = minus(sinceMarch, times(era, 146_097))
  const leapFree = minus(
    nodes.apply('Add', minus(dayOfEra, over(dayOfEra, 1460)), over(dayOfEra, 36_524)),
    over(dayOfEra, 146_096),
  )
  const yearOfEra = over(leapFree, 365)
  const daysOfYears = minus(
    nodes.apply('Add', times(yearOfEra, 365), over(yearOfEra, 4)),
    over(yearOfEra, 100),
  )
  const dayOfYear = minus(dayOfEra, daysOfYears)
  const marchMonth = over(add(times(dayOfYear, 5), 2), 153)
  if (part === 'day') {
    return add(minus(dayOfYear, over(add(times(marchMonth, 153), 2), 5)), 1)
  }
  const isLate = nodes.truth(nodes.apply('Greater', marchMonth, nodes.number(9)))
  if (part === 'month') return minus(add(marchMonth, 3), times(isLate, 12))
  return nodes.apply('Add', nodes.apply('Add', yearOfEra, times(era, 400)), isLate)
}

/** Adds the day of a moment, as days since 1970-01-01. @param moment - milliseconds since 1970 */
export function addDateOf(nodes: NumberNodes, moment: string): string {
  return createWholeNumbers(nodes).over(moment, dayMs)
}

/** Adds a part of the time of day. @param moment - milliseconds since 1970 */
export function addDatetimePart(
  nodes: NumberNodes,
  part: DatetimePart['part'],
  moment: string,
): string {
  const { minus, times, over } = createWholeNumbers(nodes)
  const { ms, count } = partsOfDay[part]
  const sinceMidnight = minus(moment, times(over(moment, dayMs), dayMs))
  const parts = over(sinceMidnight, ms)
  return minus(parts, times(over(parts, count), count))
}

interface WholeNumbers {
  readonly add: (value: string, constant: number) => string
  readonly minus: (left: string, right: string) => string
  readonly times: (value: string, constant: number) => string
  /** Rounded down. */
  readonly over: (value: string, constant: number) => string
}

function createWholeNumbers(nodes: NumberNodes): WholeNumbers {
  return {
    add: (value, constant) => nodes.apply('Add', value, nodes.number(constant)),
    minus: (left, right) => nodes.apply('Sub', left, right),
    times: (value, constant) => nodes.apply('Mul', value, nodes.number(constant)),
    over: (value, constant) =>
      nodes.apply('Floor', nodes.apply('Div', value, nodes.number(constant))),
  }
}
