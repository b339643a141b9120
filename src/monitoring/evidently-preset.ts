/** Which test Evidently 0.7.23 chooses, and how it reads the score. */

import { countUnion } from './categories.ts'
import {
  type CheckOptions,
  type ColumnPair,
  distributionsOf,
  type DraftCheck,
  type Distributions,
} from './draft-check.ts'
import type { ColumnDistribution } from '../data/profile/read-distributions.ts'
import { isIntegerType } from './column-kinds.ts'
import { finiteStatistic, toComparable, tryCompare } from './comparable.ts'
import { checkMissing, checkUnseen } from './share-checks.ts'
import { findStatistic } from './statistics/catalogue.ts'
import { checkLengths } from './value-checks.ts'

/** A reference of more rows is compared by distances: with many rows every difference is significant. */
const smallReference = 1000

/**
 * The checks of one column. For texts Evidently trains a classifier; we compare
 * lengths, missing and new values instead.
 */
export function checkAsEvidently(pair: ColumnPair, options: CheckOptions): readonly DraftCheck[] {
  const both = distributionsOf({
    reference: asPandas(pair.reference),
    current: asPandas(pair.current),
  })
  if (both === undefined || pair.kind === 'time') return []
  const checks = pair.kind === 'text' ? checkTexts(pair) : [checkValues(pair.kind, both, options)]
  return checks.filter((check) => check !== undefined)
}

/** Whole numbers beside a null are floats in pandas, which have other bins. */
function asPandas(column: ColumnDistribution): ColumnDistribution {
  const { distribution } = column
  if (distribution?.kind !== 'numbers') return column
  const areIntegers = isIntegerType(column.type) && column.nulls === 0
  return { ...column, distribution: { ...distribution, areIntegers } }
}

function checkTexts(pair: ColumnPair): readonly (DraftCheck | undefined)[] {
  return [checkLengths(pair), checkMissing(pair), checkUnseen(pair)]
}

function chooseTest(
  kind: 'numerical' | 'categorical',
  { reference, current }: Distributions,
): string {
  const distinct = countUnion(reference, current)
  const isSmall = reference.total <= smallReference
  if (kind === 'numerical' && distinct > 5) return isSmall ? 'ks' : 'wasserstein'
  if (!isSmall) return 'jensenshannon'
  return distinct <= 2 ? 'z' : 'chisquare'
}

function checkValues(
  kind: 'numerical' | 'categorical',
  both: Distributions,
  options: CheckOptions,
): DraftCheck | undefined {
  const statistic = findStatistic(options.method ?? chooseTest(kind, both))
  const threshold = options.threshold ?? statistic.defaultThreshold
  const compared = tryCompare(statistic.compare, toComparable(statistic, kind, both))
  if (compared === undefined) return undefined
  const isDrift = (): boolean => statistic.isDrift(compared.score, threshold)
  if (statistic.kind === 'distance') {
    const effect = { measure: statistic.name, value: compared.score, threshold }
    return { about: 'values', effect, isDrift }
  }
  const significance = {
    test: statistic.name,
    pValue: compared.score,
    level: threshold,
    ...finiteStatistic(compared),
  }
  return { about: 'values', significance, isDrift }
}
