import { quantile } from '../../math/quantile.ts'
import { type Random } from '../../core/random.ts'
import { refuseProblems } from '../refuse-problems.ts'

/** How rows are resampled. */
export interface BootstrapOptions {
  readonly random: Random
  /** Samples drawn, at least 2. Default 1,000. */
  readonly replicates?: number
  /** Share of the replicates inside the interval, between 0 and 1. Default 0.95. */
  readonly level?: number
}

/** Lower and upper end. */
export type Interval = readonly [low: number, high: number]

/** The options with their defaults. @throws {ToolkitError} `TRAINING_INVALID` naming each bad one. */
export function checkBootstrapOptions({
  random,
  replicates = 1000,
  level = 0.95,
}: BootstrapOptions): Required<BootstrapOptions> {
  const problems: string[] = []
  if (!(Number.isInteger(replicates) && replicates >= 2)) {
    problems.push(`'replicates' is ${replicates}, expected an integer of at least 2`)
  }
  if (!(level > 0 && level < 1))
    problems.push(`'level' is ${level}, expected a number between 0 and 1`)
  refuseProblems(problems, 'correct the options of the bootstrap')
  return { random, replicates, level }
}

/**
 * Draws as many rows as there are, with replacement, and says how often each
 * came. A sample of a single class, for which no rank is defined, is drawn again.
 *
 * @param into - overwritten, shape [rows]
 */
function fillResampledCounts(into: Uint32Array, target: ArrayLike<number>, random: Random): void {
  const rows = into.length
  let positives = 0
  do {
    into.fill(0)
    positives = 0
    for (let i = 0; i < rows; i++) {
      const row = random.nextInteger(rows)
      into[row]! += 1
      positives += target[row]!
    }
  } while (positives === 0 || positives === rows)
}

/**
 * The same with weights: how often each row came, times its weight. A sample in which a class weighs nothing is drawn again.
 *
 * @param weights - some in each class, shape [rows]; all alike when absent
 */
export function createSampler(
  target: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  random: Random,
): () => Counts {
  const counts = new Uint32Array(target.length)
  if (weights === undefined) {
    return () => {
      fillResampledCounts(counts, target, random)
      return counts
    }
  }
  const weighted = new Float64Array(target.length)
  return () => {
    let sums = [0, 0]
    do {
      fillResampledCounts(counts, target, random)
      sums = [0, 0]
      for (let row = 0; row < counts.length; row++) {
        weighted[row] = counts[row]! * weights[row]!
        sums[target[row]!]! += weighted[row]!
      }
    } while (sums.some((sum) => sum === 0))
    return weighted
  }
}

/** How much each row counts in a sample, shape [rows]. */
export type Counts = Uint32Array | Float64Array

/** The percentile interval of replicated values. */
export function percentileInterval(values: Float64Array, level: number): Interval {
  const sorted = Float64Array.from(values).sort()
  const tail = (1 - level) / 2
  return [quantile(sorted, tail), quantile(sorted, 1 - tail)]
}
