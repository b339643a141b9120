import { ToolkitError } from '../core/errors.ts'
import type { Distribution } from '../data/profile/distribution.ts'
import { pairCategories } from './categories.ts'
import type { Distributions } from './draft-check.ts'
import type { ColumnKind } from './drift-report.ts'
import type { Comparison, Statistic } from './statistics/statistic.ts'

/** Whether a statistic can compare the values of such a column. */
export function canCompare({ compares }: Statistic, kind: ColumnKind): boolean {
  return compares.includes(kind === 'numerical' ? 'numbers' : 'categories')
}

/** Numbers by size where column and statistic want it, else both sides by value. */
export function toComparable(
  { compares }: Statistic,
  kind: ColumnKind,
  both: Distributions,
): Distributions {
  const areNumbers = both.reference.kind === 'numbers' && both.current.kind === 'numbers'
  const isBySize = areNumbers && kind === 'numerical' && compares.includes('numbers')
  return isBySize ? both : pairCategories(both.reference, both.current)
}

/** The comparison, or `undefined` where the statistic can tell nothing of these values. */
export function tryCompare(
  compare: (reference: Distribution, current: Distribution) => Comparison,
  { reference, current }: Distributions,
): Comparison | undefined {
  try {
    const compared = compare(reference, current)
    return Number.isFinite(compared.score) ? compared : undefined
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'DATA_INCOMPARABLE') return undefined
    throw error
  }
}

/** For reports, which are JSON and hold no infinity: the test's statistic where it is finite. */
export function finiteStatistic({ statistic }: Pick<Comparison, 'statistic'>): {
  readonly statistic?: number
} {
  return Number.isFinite(statistic) ? { statistic } : {}
}
