/** Checks of shares of rows: missing, infinite, never seen before. */

import { pairCategories, othersLabel } from './categories.ts'
import {
  type ColumnPair,
  distributionsOf,
  type DraftCheck,
  isLargeAndSignificant,
  type Sides,
} from './draft-check.ts'
import { finiteStatistic } from './comparable.ts'
import { countMissing, countValues } from './column-counts.ts'
import { compareShares } from './statistics/compare-shares.ts'

/** So many rows of so many. */
export interface Share {
  readonly count: number
  readonly of: number
}

/**
 * The distance of two shares that matters: 0.07 lies between none and 1 %, and
 * between 50 % and 60 %.
 */
const shareThreshold = 0.07

const level = 0.05

/** Of rows without a value; `undefined` when neither side has one. */
export function checkMissing({ reference, current }: Sides): DraftCheck | undefined {
  return checkShare(
    'missing',
    { count: countMissing(reference), of: reference.rows },
    { count: countMissing(current), of: current.rows },
  )
}

/** Of infinities among the values that are there; `undefined` when neither side has one. */
export function checkInfinite({ reference, current }: Sides): DraftCheck | undefined {
  return checkShare(
    'infinite',
    { count: reference.infinities, of: reference.rows - countMissing(reference) },
    { count: current.infinities, of: current.rows - countMissing(current) },
  )
}

/**
 * Of values that the reference cannot have shown. How many to expect without
 * any drift is known: categories that the reference has once estimate the share
 * of those it has not at all [Good 1953], and of n numbers the next one lies
 * beyond the range with a chance of at most 2 / (n + 1).
 */
export function checkUnseen(pair: ColumnPair): DraftCheck | undefined {
  const seen = pair.kind === 'numerical' ? countBeyondRange(pair) : countUnseenCategories(pair)
  if (seen === undefined || pair.kind === 'time') return undefined
  const check = checkShare('unseen', seen.expected, seen.found)
  if (check === undefined) return undefined
  const hasMore = seen.found.count / seen.found.of > seen.expected.count / seen.expected.of
  return { ...check, isDrift: (pValue) => hasMore && check.isDrift(pValue) }
}

function checkShare(
  about: DraftCheck['about'],
  reference: Share,
  current: Share,
): DraftCheck | undefined {
  if (reference.count + current.count === 0 || reference.of === 0 || current.of === 0) {
    return undefined
  }
  const { test, statistic, pValue } = compareShares(reference, current)
  const significance = { test, pValue, level, ...finiteStatistic({ statistic }) }
  const value = shareDistance(reference, current)
  const effect = { measure: 'hellinger', value, threshold: shareThreshold }
  return { about, significance, effect, isDrift: isLargeAndSignificant(significance, effect) }
}

/** Hellinger's distance of two shares, from 0 to 1; more sensitive near none and near all. */
export function shareDistance(reference: Share, current: Share): number {
  const p = reference.count / reference.of
  const q = current.count / current.of
  return Math.sqrt(Math.max(0, 1 - Math.sqrt(p * q) - Math.sqrt((1 - p) * (1 - q))))
}

/** What is unseen, beside what is to be expected of a sample of the reference's size. */
export interface Unseen {
  readonly expected: Share
  readonly found: Share
}

/** Numbers of the current data below the least and above the greatest of the reference. */
export function countBeyondRange(pair: ColumnPair): Unseen | undefined {
  const { range } = pair.reference
  const { distribution } = pair.current
  if (range === undefined || distribution?.kind !== 'numbers') return undefined
  let count = 0
  for (let i = 0; i < distribution.values.length; i++) {
    const value = distribution.values[i]!
    if (value < range[0] || value > range[1]) count += distribution.counts[i]!
  }
  const expected = { count: 2, of: countValues(pair.reference) + 1 }
  return { expected, found: { count, of: distribution.total } }
}

/** Rows of the current data whose category the reference lacks; `undefined` when it does not list all it has. */
export function countUnseenCategories(pair: ColumnPair): Unseen | undefined {
  const distributions = distributionsOf(pair)
  if (distributions === undefined) return undefined
  const { reference, current } = pairCategories(distributions.reference, distributions.current)
  if (reference.counts.has(othersLabel)) return undefined
  let once = 0
  for (const count of reference.counts.values()) if (count === 1) once++
  let unseen = 0
  for (const [value, count] of current.counts) if (!reference.counts.has(value)) unseen += count
  return {
    expected: { count: once, of: reference.total },
    found: { count: unseen, of: current.total },
  }
}
