/** A check before the p-values of the whole comparison are adjusted together. */

import type { Distribution } from '../data/profile/distribution.ts'
import type { ColumnKind, DriftCheck, Effect, Significance } from './drift-report.ts'
import type { ColumnDistribution } from '../data/profile/read-distributions.ts'

export interface DraftCheck {
  readonly about: DriftCheck['about']
  readonly significance?: Omit<Significance, 'adjustedPValue'>
  readonly effect?: Effect
  /** The verdict, from the p-value as the preset wants it: adjusted or not. */
  readonly isDrift: (pValue: number | undefined) => boolean
}

/** A column on both sides. */
export interface Sides {
  readonly reference: ColumnDistribution
  readonly current: ColumnDistribution
}

/** A column that both sides have, of comparable types. */
export interface ColumnPair extends Sides {
  readonly name: string
  readonly kind: ColumnKind
}

/** What a user may ask for instead of a preset's own choice. */
export interface CheckOptions {
  /** Evidently's name of a statistic. */
  readonly method?: string
  /** For the values: of a distance the least that matters, of a p-value the level. */
  readonly threshold?: number
}

/** What both sides hold. */
export interface Distributions {
  readonly reference: Distribution
  readonly current: Distribution
}

/** The distributions of a pair whose sides both have a value; else `undefined`. */
export function distributionsOf({ reference, current }: Sides): Distributions | undefined {
  const before = reference.distribution
  const after = current.distribution
  if (before === undefined || after === undefined) return undefined
  return before.total === 0 || after.total === 0 ? undefined : { reference: before, current: after }
}

/** Ours: significant after the adjustment, and large enough to matter. */
export function isLargeAndSignificant(
  significance: Omit<Significance, 'adjustedPValue'>,
  effect: Effect,
): (pValue: number | undefined) => boolean {
  return (pValue) => (pValue ?? 1) <= significance.level && effect.value >= effect.threshold
}
