/** A profile as a page: a card for each column, with what is noticeable about it. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { formatCount, formatShare, shortenText } from '../../core/format-number.ts'
import type { ColumnProfile, Profile } from '../profile/profile.ts'
import { drawBadge } from './badge.ts'
import { drawColumnPicture, formatterOf } from './column-picture.ts'
import { drawFacts } from './data-table.ts'
import { drawLeftOut, fitItems } from './fit-size.ts'
import { renderPage } from './page.ts'
import { drawName } from './value.ts'

/** What the page is about, besides the profile. */
export interface ProfilePageOptions {
  /** Names the data, such as the path of its file. */
  readonly name: string
  /** The profile of the version before, drawn over this one. */
  readonly previous?: Profile
}

/**
 * One HTML file of at most 300 kB, however many columns: what does not fit is
 * counted. It runs nothing, fetches nothing and has no date in it.
 */
export function renderProfilePage(profile: Profile, options: ProfilePageOptions): string {
  const { name, previous } = options
  const before = new Map(previous?.columns.map((column) => [column.name, column]))
  const rows = html`${formatCount(profile.rows)}${previous === undefined ? noMarkup : html` <span class="quiet">before ${formatCount(previous.rows)}</span>`}`
  const cards = fitItems(
    profile.columns,
    (column) =>
      drawColumn(column, { rows: profile.rows, before: before.get(column.name), previous }),
    { limitBytes: 280_000 },
  )
  return renderPage({
    title: 'Data profile',
    subtitle: shortenText(name, 300),
    body: html`${drawFacts([
        ['rows', rows],
        ['columns', html`${formatCount(profile.columns.length)}`],
      ])}
      <div class="cards">${cards.items}</div>
      ${drawLeftOut(cards.leftOut, 'columns')}`,
  })
}

interface ColumnContext {
  readonly rows: number
  readonly before: ColumnProfile | undefined
  readonly previous: Profile | undefined
}

function drawColumn(column: ColumnProfile, context: ColumnContext): Markup {
  const { rows, before, previous } = context
  const isNew = previous !== undefined && before === undefined
  const remarks = [...listRemarks(column, rows), ...(isNew ? ['new column'] : [])]
  const missing = column.nulls + column.nans
  const { count, isExact } = column.distinct
  return html`<article class="card">
    <div class="head">
      <h3>${drawName(column.name)}</h3>
      <span class="quiet">${shortenText(column.type, 60)}</span>
      ${remarks.map((remark) => drawBadge('warn', remark))}
    </div>
    ${drawFacts([
      ['missing', html`${formatShare(shareOf(missing, rows))}`],
      ['different values', html`${isExact ? '' : 'at least '}${formatCount(count)}`],
      ...(column.numbers === undefined ? [] : describeNumbers(column)),
    ])}
    ${drawColumnPicture(column, { rows, before, previous })}${drawClasses(column)}
  </article>`
}

function shareOf(count: number, rows: number): number {
  return rows === 0 ? 0 : count / rows
}

/** What a reader should look at. */
function listRemarks(column: ColumnProfile, rows: number): string[] {
  const missing = column.nulls + column.nans
  const there = rows - missing
  const { count, isExact } = column.distinct
  const infinities = column.positiveInfinities + column.negativeInfinities
  const remarks: readonly (readonly [boolean, string])[] = [
    [rows > 0 && there === 0, 'no values'],
    [there > 0 && missing > rows / 2, 'mostly missing'],
    [there > 1 && isExact && count === 1, 'constant'],
    [infinities > 0, `${formatCount(infinities)} infinite`],
    [column.family === 'text' && there > 50 && count > there / 2, 'many different values'],
  ]
  return remarks.filter(([applies]) => applies).map(([, remark]) => remark)
}

function describeNumbers({ numbers, family }: ColumnProfile): (readonly [string, Markup])[] {
  if (numbers === undefined) return []
  const format = formatterOf(family)
  const { min, max, mean, quantiles = [] } = numbers
  const at = new Map(quantiles.map(({ share, value }) => [share, format(value)]))
  const quantile = (name: string, share: number): (readonly [string, Markup])[] => {
    const value = at.get(share)
    return value === undefined ? [] : [[name, html`${value}`]]
  }
  return [
    ['least', html`${format(min)}`],
    ...quantile('5 %', 0.05),
    ...quantile('median', 0.5),
    ['mean', html`${format(mean)}`],
    ...quantile('95 %', 0.95),
    ['greatest', html`${format(max)}`],
  ]
}

function drawClasses({ texts }: ColumnProfile): Markup {
  if (texts === undefined) return noMarkup
  const { lengths, classes } = texts
  const named = classes.map(({ value, count }) => `${value} (${formatCount(count)})`).join(', ')
  return html`<p class="quiet">
    lengths from ${formatCount(lengths.min)} to
    ${formatCount(lengths.max)}${named === '' ? '' : `; ${shortenText(named, 400)}`}
  </p>`
}
