import type { Distribution } from '../../data/profile/distribution.ts'
import { chiSquareTail } from '../../math/index.ts'
import { fisherChance } from './fisher-chance.ts'
import { pairCounts, type PairedCounts } from './paired-counts.ts'
import type { Comparison } from './statistic.ts'

/**
 * Whether two samples have the same shares of every value: Pearson's χ² test of homogeneity, in which
 * both sides are samples, so that a value which one side has not is nothing special.
 *
 * Values that one side should have less than 5 times are pooled with the next less frequent ones of both sides
 * together, so many as it takes; which ones says nothing of how the sides differ, so that χ² keeps its level. Where
 * nothing is left to compare so, Fisher's exact test judges the most frequent value against all others. The statistic is
 * χ², of Fisher's test the difference of the two shares.
 *
 * @throws {ToolkitError} `DATA_INCOMPARABLE` for different kinds, or a side without a value.
 */
export function compareCategories(reference: Distribution, current: Distribution): Comparison {
  const pair = pairCounts(reference, current)
  const cells = poolRare(pair)
  if (cells.length < 2) return compareMostFrequent(pair)
  const { referenceTotal, currentTotal } = pair
  let sum = 0
  for (const [before, after] of cells) {
    const difference = before * currentTotal - after * referenceTotal
    sum += (difference * difference) / ((before + after) * referenceTotal * currentTotal)
  }
  return { score: chiSquareTail(sum, cells.length - 1), statistic: sum }
}

type Cell = readonly [number, number]

/** The least count that the χ² distribution is good for. [Cochran 1954] */
const leastExpected = 5

/**
 * The values as [reference, current], most frequent first, neighbours pooled until none is rare. Not all rare ones as one:
 * of twenty texts in fifty rows each is rare, and one pool of all has nothing to be compared with.
 */
function poolRare({ reference, current, referenceTotal, currentTotal }: PairedCounts): Cell[] {
  const share = Math.min(referenceTotal, currentTotal) / (referenceTotal + currentTotal)
  const isRare = ([before, after]: Cell): boolean => (before + after) * share < leastExpected
  const all = [...reference.keys()]
    .map((index): Cell => [reference[index]!, current[index]!])
    .sort((a, b) => b[0] + b[1] - a[0] - a[1])
  const pools: Cell[] = []
  let pool: Cell = [0, 0]
  for (const cell of all) {
    pool = addCells(pool, cell)
    if (isRare(pool)) continue
    pools.push(pool)
    pool = [0, 0]
  }
  const last = pools.pop()
  return last === undefined ? [pool] : [...pools, addCells(last, pool)]
}

function addCells(a: Cell, b: Cell): Cell {
  return [a[0] + b[0], a[1] + b[1]]
}

function compareMostFrequent(pair: PairedCounts): Comparison {
  let most = 0
  for (let i = 1; i < pair.reference.length; i++) {
    const isMore =
      pair.reference[i]! + pair.current[i]! > pair.reference[most]! + pair.current[most]!
    if (isMore) most = i
  }
  const before = { count: pair.reference[most]!, of: pair.referenceTotal }
  const after = { count: pair.current[most]!, of: pair.currentTotal }
  const statistic = after.count / after.of - before.count / before.of
  return { score: fisherChance(before, after), statistic }
}
