import { effectiveRows } from '../effective-rows.ts'

/** The share of new rows that is to be covered, by rows that the model was not fitted to. */
export interface CoverageOptions {
  /** Above 0 and below 1. Default 0.9. */
  readonly coverage?: number | undefined
}

/**
 * The finite-sample rule of split conformal prediction: the k-th smallest of n scores
 * with k = ⌈(n + 1)·coverage⌉ is not exceeded by a new row's score with a probability of
 * at least `coverage` [Vovk, Gammerman & Shafer 2005]. With k above n there is no such score.
 */
export function coverageRank(rows: number, coverage: number): number {
  const rank = (rows + 1) * coverage
  // What is a whole number but for its rounding, as 100 · 0.55, is not the next one.
  const nearest = Math.round(rank)
  return Math.abs(rank - nearest) < roundingShare * rank ? nearest : Math.ceil(rank)
}

/** Numbers that differ by a smaller share differ by rounding alone. */
const roundingShare = 1e-9

/** The score at the rank that `coverage` asks for; the rows were checked. */
export function coverageQuantile(scores: Float64Array, coverage: number): number {
  return scores.toSorted()[coverageRank(scores.length, coverage) - 1]!
}

/**
 * The same of rows that do not count alike: the smallest score up to which rows weigh `coverage` of all, to which one more is
 * counted, as heavy as what a new one weighs on average, Σw² / Σw [Tibshirani et al. 2019]. Only how weights compare matters;
 * equal ones are as none, and a row that weighs nothing is as if it were not there. What a new row weighs is not known, so that
 * the law holds on average alone.
 *
 * @param weights - from 0, finite, some of them above, shape [rows]
 */
export function weightedCoverageQuantile(
  scores: Float64Array,
  coverage: number,
  weights: ArrayLike<number>,
): number {
  const order = [...scores.keys()]
    .filter((row) => weights[row]! > 0)
    .sort((a, b) => scores[a]! - scores[b]! || a - b)
  const total = order.reduce((sum, row) => sum + weights[row]!, 0)
  const needed = coverage * (1 + 1 / effectiveRows(order.length, weights)) * total
  let sum = 0
  // What is a sum but for its rounding is reached.
  const found = order.find((row) => (sum += weights[row]!) >= needed * (1 - roundingShare))
  return scores[found ?? order.at(-1)!]!
}

/**
 * What is wrong with the coverage, or with so few rows for it, as sentences.
 *
 * @param rows - of rows that do not count alike as `effectiveRows` has them
 */
export function coverageProblems(rows: number, coverage: number): string[] {
  if (!(coverage > 0 && coverage < 1)) {
    return [`'coverage' is ${coverage}, expected a number above 0 and below 1`]
  }
  if ((rows + 1) * coverage <= rows * (1 + roundingShare)) return []
  const least = Math.ceil(coverage / (1 - coverage) - 1e-9)
  const whole = Math.round(rows)
  const found =
    Math.abs(rows - whole) <= rows * roundingShare
      ? `there are ${whole} rows`
      : `the rows weigh as ${rows.toFixed(1)} that count alike`
  return [`${found}, expected at least ${least} for a coverage of ${coverage}`]
}
