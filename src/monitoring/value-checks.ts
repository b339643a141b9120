/** Our own checks of values: significance and size of the difference, both. */

import { pairCategories, toLengths, totalVariation } from './categories.ts'
import {
  type CheckOptions,
  type ColumnPair,
  type Distributions,
  distributionsOf,
  type DraftCheck,
  isLargeAndSignificant,
} from './draft-check.ts'
import type { DriftCheck, Effect, Significance } from './drift-report.ts'
import { finiteStatistic, toComparable, tryCompare } from './comparable.ts'
import { findStatistic } from './statistics/catalogue.ts'
import { compareCategories } from './statistics/compare-categories.ts'
import { correctedStabilityIndex } from './statistics/psi.ts'
import { ks } from './statistics/ks.ts'

/** A tenth of the rows: beyond it cumulative shares, or shares of values, differ by as much. */
const effectThreshold = 0.1

const level = 0.05

/**
 * Numbers by Kolmogorov and Smirnov's test and its distance, categories by a
 * test that bears rare and new values and the total variation. A method that
 * is a distance takes the place of the distance, a test that of the test.
 */
export function checkValues(pair: ColumnPair, options: CheckOptions): DraftCheck | undefined {
  const both = distributionsOf(pair)
  if (both === undefined || (pair.kind !== 'numerical' && pair.kind !== 'categorical')) {
    return undefined
  }
  const own = pair.kind === 'numerical' ? compareSizes(both) : compareLabels(both)
  return own && replaceByMethod({ kind: pair.kind, both, own, options })
}

/** The lengths of texts, as numbers; `undefined` for other columns. */
export function checkLengths(pair: ColumnPair): DraftCheck | undefined {
  const both = distributionsOf(pair)
  if (both?.reference.kind !== 'categories' || both.current.kind !== 'categories') return undefined
  const lengths = { reference: toLengths(both.reference), current: toLengths(both.current) }
  if (lengths.reference.total === 0 || lengths.current.total === 0) return undefined
  const found = compareSizes(lengths)
  return found && toCheck('lengths', found)
}

interface Finding {
  readonly significance: Omit<Significance, 'adjustedPValue'>
  readonly effect: Effect
}

function compareSizes(both: Distributions): Finding | undefined {
  const compared = tryCompare(ks.compare, both)
  if (compared === undefined) return undefined
  const { score, statistic } = compared
  return {
    significance: { test: 'ks', statistic, pValue: score, level },
    effect: { measure: 'ks distance', value: statistic, threshold: effectThreshold },
  }
}

function compareLabels(both: Distributions): Finding | undefined {
  const pair = pairCategories(both.reference, both.current)
  const compared = tryCompare(compareCategories, pair)
  return (
    compared && {
      significance: {
        test: 'categories',
        pValue: compared.score,
        level,
        ...finiteStatistic(compared),
      },
      effect: {
        measure: 'total variation',
        value: totalVariation(pair),
        threshold: effectThreshold,
      },
    }
  )
}

function replaceByMethod(given: {
  readonly kind: ColumnPair['kind']
  readonly both: Distributions
  readonly own: Finding
  readonly options: CheckOptions
}): DraftCheck | undefined {
  const { own, options } = given
  const { significance, effect } = own
  const { method, threshold } = options
  if (method === undefined) {
    const limit = threshold ?? effectThreshold
    return toCheck('values', { significance, effect: { ...effect, threshold: limit } })
  }
  const asked = findStatistic(method)
  const both = toComparable(asked, given.kind, given.both)
  const compared = tryCompare(asked.compare, both)
  if (compared === undefined) return undefined
  const limit = threshold ?? asked.defaultThreshold
  if (asked.kind === 'distance') {
    const isCorrected = method === 'psi'
    const value = isCorrected
      ? correctedStabilityIndex(both.reference, both.current)
      : compared.score
    return toCheck('values', { significance, effect: { measure: method, value, threshold: limit } })
  }
  const tested = {
    test: method,
    pValue: compared.score,
    level: limit,
    ...finiteStatistic(compared),
  }
  return toCheck('values', { significance: tested, effect })
}

function toCheck(about: DriftCheck['about'], { significance, effect }: Finding): DraftCheck {
  return { about, significance, effect, isDrift: isLargeAndSignificant(significance, effect) }
}
