/** What moved in a column, in words. */

import { formatCount, formatNumber, formatShare, shortenText } from '../core/format-number.ts'
import type { NumberDistribution } from '../data/profile/distribution.ts'
import { pairCategories, toLengths, type CategoryPair } from './categories.ts'
import { countMissing } from './column-counts.ts'
import { type ColumnPair, distributionsOf, type Sides } from './draft-check.ts'
import type { DraftColumn } from './draft-columns.ts'
import type { DriftCheck, Effect, Significance } from './drift-report.ts'
import { quantileOf } from './histogram.ts'
import { countBeyondRange, countUnseenCategories } from './share-checks.ts'

/** A sentence for each check that drifted, or for why the column cannot be compared. */
export function explainDrift(
  { status, reference, current, pair }: Omit<DraftColumn, 'checks'>,
  checks: readonly DriftCheck[],
): readonly string[] {
  if (status === 'absent-in-current') return ['the current data has no such column']
  if (status === 'absent-in-reference') return ['the reference has no such column']
  if (reference === undefined || current === undefined) return []
  if (status === 'type-changed') {
    return [`the type was ${reference.type} in the reference and is ${current.type} now`]
  }
  const drifted = checks.filter((check) => check.isDrifted)
  return drifted.map((check) => explainCheck(check, { reference, current }, pair))
}

function explainCheck(check: DriftCheck, sides: Sides, pair: ColumnPair | undefined): string {
  const { reference, current } = sides
  switch (check.about) {
    case 'missing': {
      const before = formatShare(countMissing(reference) / reference.rows)
      return `missing ${before} → ${formatShare(countMissing(current) / current.rows)}`
    }
    case 'infinite':
      return `infinite in ${formatCount(reference.infinities)} rows → ${formatCount(current.infinities)} rows`
    case 'unseen':
      return pair === undefined ? '' : explainUnseen(pair)
    case 'lengths':
    case 'values':
      return `${explainMove(pair)} (${formatScores(check)})`
  }
}

/** The scores of a check as a line: `ks distance 0.21 ≥ 0.1, adjusted p 3e-9`. */
export function formatScores({ significance, effect }: DriftCheck): string {
  const parts = [
    ...(effect === undefined ? [] : [formatEffect(effect)]),
    ...(significance === undefined ? [] : [formatSignificance(significance, effect)]),
  ]
  return parts.join(', ')
}

function formatEffect({ measure, value, threshold }: Effect): string {
  const sign = value >= threshold ? '≥' : '<'
  return `${measure} ${formatNumber(value)} ${sign} ${formatNumber(threshold)}`
}

function formatSignificance(
  { test, pValue, adjustedPValue, level }: Significance,
  effect: Effect | undefined,
): string {
  if (effect !== undefined) return `adjusted p ${formatChance(adjustedPValue)}`
  const sign = pValue <= level ? '≤' : '>'
  return `${test} p ${formatChance(pValue)} ${sign} ${formatNumber(level)}`
}

/** A p-value with two digits; the smallest ones are as good as 0. */
function formatChance(pValue: number): string {
  if (pValue === 0 || pValue >= 0.001) return String(Number(pValue.toPrecision(2)))
  return pValue < 1e-99 ? '< 1e-99' : pValue.toExponential(0)
}

function explainMove(pair: ColumnPair | undefined): string {
  const both = pair && distributionsOf(pair)
  if (pair === undefined || both === undefined) return 'values moved'
  if (pair.kind === 'text') {
    const { reference, current } = both
    if (reference.kind !== 'categories' || current.kind !== 'categories') return 'lengths moved'
    return `lengths moved: ${explainMedian(toLengths(reference), toLengths(current))}`
  }
  if (
    pair.kind === 'numerical' &&
    both.reference.kind === 'numbers' &&
    both.current.kind === 'numbers'
  ) {
    return `values moved: ${explainMedian(both.reference, both.current)}`
  }
  return `shares of values moved: ${explainLargestChange(pairCategories(both.reference, both.current))}`
}

/** The median, or where that stands still a quarter that does not. */
function explainMedian(reference: NumberDistribution, current: NumberDistribution): string {
  const quantiles = [
    ['median', 0.5],
    ['upper quarter from', 0.75],
    ['lower quarter to', 0.25],
    ['least', 0],
    ['greatest', 1],
  ] as const
  const moved = quantiles.find(
    ([, share]) => quantileOf(reference, share) !== quantileOf(current, share),
  )
  const [name, share] = moved ?? quantiles[0]
  const before = formatNumber(quantileOf(reference, share))
  return `${name} ${before} → ${formatNumber(quantileOf(current, share))}`
}

function explainLargestChange({ reference, current }: CategoryPair): string {
  const changeOf = (value: string): number =>
    (current.counts.get(value) ?? 0) / current.total -
    (reference.counts.get(value) ?? 0) / reference.total
  const values = [...new Set([...reference.counts.keys(), ...current.counts.keys()])]
  const [most = ''] = values.toSorted(
    (a, b) => Math.abs(changeOf(b)) - Math.abs(changeOf(a)) || (a < b ? -1 : 1),
  )
  const before = (reference.counts.get(most) ?? 0) / reference.total
  const after = (current.counts.get(most) ?? 0) / current.total
  return `${showValue(most)} ${formatShare(before)} → ${formatShare(after)}`
}

function explainUnseen(pair: ColumnPair): string {
  if (pair.kind === 'numerical') {
    const beyond = countBeyondRange(pair)
    const [least = NaN, greatest = NaN] = pair.reference.range ?? []
    const share = beyond === undefined ? 0 : beyond.found.count / beyond.found.of
    return `${formatShare(share)} of the values lie beyond ${formatNumber(least)} to ${formatNumber(greatest)}, the reference's range`
  }
  const unseen = countUnseenCategories(pair)
  const share = unseen === undefined ? 0 : unseen.found.count / unseen.found.of
  return `${formatShare(share)} of the values are new: ${listNew(pair)}`
}

const listedValues = 3

function listNew(pair: ColumnPair): string {
  const both = distributionsOf(pair)
  if (both === undefined) return ''
  const { reference, current } = pairCategories(both.reference, both.current)
  const fresh = [...current.counts]
    .filter(([value]) => !reference.counts.has(value))
    .toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  const names = fresh.slice(0, listedValues).map(([value]) => showValue(value))
  const more = fresh.length - names.length
  return `${names.join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`
}

function showValue(value: string): string {
  return `'${shortenText(value, 40)}'`
}
