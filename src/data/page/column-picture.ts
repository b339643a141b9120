/** How the values of a column are spread: a histogram of many numbers, else the values themselves. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { formatNumber } from '../../core/format-number.ts'
import type { ColumnProfile, NumberProfile, Profile } from '../profile/profile.ts'
import { drawCategoryBars } from './category-bars.ts'
import type { ColumnLimits } from './column-limits.ts'
import { drawLeftOut } from './fit-size.ts'
import { drawHistogram, drawLegend } from './histogram-svg.ts'

/** What a picture is held against. */
export interface PictureOptions {
  /** Rows of the table. */
  readonly rows: number
  /** The column in the version before, and the rows of that. */
  readonly before?: ColumnProfile | undefined
  readonly previous?: Profile | undefined
  readonly limits?: ColumnLimits
}

/** Values that are listed. */
const mostValues = 10

/** Nothing for a column without values and for nested values. */
export function drawColumnPicture(column: ColumnProfile, options: PictureOptions): Markup {
  const { rows, before, previous, limits } = options
  const { numbers, family, distinct, top } = column
  if (numbers !== undefined && distinct.count > mostValues) {
    return drawNumbers(numbers, { family, before: before?.numbers, limits })
  }
  const earlierShare = readShares(before, previous)
  const counted = top.slice(0, mostValues).map(({ value, count }) => ({
    value,
    count,
    referenceShare: earlierShare(value),
    isOutside: limits?.allows(value) === false,
  }))
  if (counted.length === 0) return noMarkup
  const total = rows - column.nulls - column.nans
  return html`${drawCategoryBars(counted, { total, label: 'most frequent values' })}${drawLeftOut(Math.max(0, distinct.count - counted.length), 'values')}`
}

/** Numbers as they are, times as dates. */
export function formatterOf(family: ColumnProfile['family']): (value: number) => string {
  return family === 'time' ? formatTime : formatNumber
}

/** Microseconds since 1970 as a date, or as a number where no calendar reaches. */
function formatTime(microseconds: number): string {
  const date = new Date(microseconds / 1000)
  return Number.isNaN(date.getTime()) ? formatNumber(microseconds) : date.toISOString().slice(0, 10)
}

/** The share of a value in the version before; `undefined` when the profile of that does not tell. */
function readShares(
  before: ColumnProfile | undefined,
  previous: Profile | undefined,
): (value: string) => number | undefined {
  if (before === undefined || previous === undefined) return () => undefined
  const counts = new Map(before.top.map(({ value, count }) => [value, count]))
  const total = previous.rows - before.nulls - before.nans
  const isWhole = before.top.length >= before.distinct.count
  return (value) => {
    const count = counts.get(value) ?? (isWhole ? 0 : undefined)
    return count === undefined ? undefined : total === 0 ? 0 : count / total
  }
}

function drawNumbers(
  { histogram }: NumberProfile,
  options: {
    readonly family: ColumnProfile['family']
    readonly before: NumberProfile | undefined
    readonly limits: ColumnLimits | undefined
  },
): Markup {
  const { family, before, limits } = options
  const picture = drawHistogram({
    current: histogram,
    ...(before !== undefined && { reference: before.histogram }),
    ...(limits !== undefined && { limits: limits.values, bands: limits.bands }),
    label: 'histogram',
    format: formatterOf(family),
  })
  return html`${picture}${before === undefined ? noMarkup : drawLegend('now', 'before')}`
}
