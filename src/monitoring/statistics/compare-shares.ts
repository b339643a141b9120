import { normalTail } from '../../math/index.ts'
import { fisherChance } from './fisher-chance.ts'

/** So many rows of so many. */
interface Share {
  /** From 0 to `of`. */
  readonly count: number
  /** Above 0. */
  readonly of: number
}

/** What a test of our own preset says. */
export interface TestResult {
  /** The test that was chosen, by Evidently's name where it has one. */
  readonly test: string
  readonly statistic: number
  readonly pValue: number
}

/**
 * Whether two samples have one share of something, such as of missing values: the z test of two
 * proportions with the pooled proportion, or Fisher's exact test where one of the four expected
 * counts is below 5 and the normal distribution would be far off.
 *
 * The statistic is z, above 0 when the current share is greater; of Fisher's test the
 * difference of the shares.
 */
export function compareShares(reference: Share, current: Share): TestResult {
  const total = reference.of + current.of
  const pooled = (reference.count + current.count) / total
  const difference = current.count / current.of - reference.count / reference.of
  const leastExpected = Math.min(pooled, 1 - pooled) * Math.min(reference.of, current.of)
  if (leastExpected < 5) {
    return { test: 'fisher_exact', statistic: difference, pValue: fisherChance(reference, current) }
  }
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / reference.of + 1 / current.of))
  const statistic = difference / deviation
  return { test: 'z', statistic, pValue: Math.min(1, 2 * normalTail(Math.abs(statistic))) }
}
