import type { Distribution } from '../../data/profile/distribution.ts'

/** One way to tell whether two samples come from one distribution. */
export interface Statistic {
  /** Evidently's name of it, such as 'ks' or 'wasserstein'. */
  readonly name: string
  /** A p-value says drift when it is small, a distance when it is large. */
  readonly kind: 'p-value' | 'distance'
  /** Which distributions it can compare. */
  readonly compares: readonly Distribution['kind'][]
  /** Evidently's. */
  readonly defaultThreshold: number
  /**
   * Both sides are of one kind that it compares, with a total above 0; else, or where the statistic cannot
   * tell anything of them, it throws `DATA_INCOMPARABLE`.
   */
  readonly compare: (reference: Distribution, current: Distribution) => Comparison
  /** Whether a score means drift: each test's own reading of 'at the threshold'. */
  readonly isDrift: (score: number, threshold: number) => boolean
}

export interface Comparison {
  /** The p-value, or the distance. */
  readonly score: number
  /** The test's statistic, possibly infinite, such as D of Kolmogorov and Smirnov; of a distance the distance itself. */
  readonly statistic: number
}
