import { findStatistic, type StatisticName } from './catalogue.ts'
import { sampleDistribution } from './sample-distribution.ts'
import type { Comparison } from './statistic.ts'

/** What a statistic says of two samples. */
export interface SampleComparison extends Comparison {
  /** Whether the score means drift at the threshold. */
  readonly isDrift: boolean
}

/**
 * Compares two samples of numbers by one of Evidently's statistics, called by its name there: `ks`,
 * `anderson`, `cramer_von_mises`, `es`, `mannw`, `t_test`, `chisquare`, `g_test`, `z` and `fisher_exact` give a
 * p-value, `wasserstein`, `ed`, `jensenshannon`, `psi`, `kl_div` and `hellinger` a distance.
 *
 * @param reference - in any order; NaN (missing) and infinities are left out
 * @param current - as `reference`; may have another length
 * @param options.threshold - of the score; Evidently's by default
 * @throws {ToolkitError} `DATA_INCOMPARABLE` when a side has no number; `CONFIG_INVALID` for an unknown name.
 *
 * @example
 * ```ts
 * import { compareSamples } from 'ml-pipeline-toolkit'
 * const before = Float64Array.of(1, 2, 3, 4)
 * compareSamples('wasserstein', before, before) // => { score: 0, statistic: 0, isDrift: false }
 * // All of one side lie below all of the other: 2 of the 70 possible orders are as extreme.
 * compareSamples('ks', before, Float64Array.of(5, 6, 7, 8)).score // => 2 / 70
 * ```
 */
export function compareSamples(
  name: StatisticName,
  reference: Float64Array,
  current: Float64Array,
  options: { readonly threshold?: number } = {},
): SampleComparison {
  const statistic = findStatistic(name)
  const comparison = statistic.compare(sampleDistribution(reference), sampleDistribution(current))
  const threshold = options.threshold ?? statistic.defaultThreshold
  return { ...comparison, isDrift: statistic.isDrift(comparison.score, threshold) }
}
