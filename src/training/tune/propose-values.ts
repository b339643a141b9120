import type { Random } from '../../core/random.ts'
import {
  decodePosition,
  encodePosition,
  type Choice,
  type Dimension,
  type Interval,
  type TrialValue,
} from './dimension.ts'
import { drawPosition, fitParzen, logDensity } from './parzen-estimator.ts'
import { drawValues, type SearchSpace, type TrialValues } from './search-space.ts'

/** A trial that has ended. */
export interface PastTrial {
  readonly values: TrialValues
  /** Lower is better; Infinity for one that failed. */
  readonly loss: number
}

/** Values that are drawn for each parameter, of which the most promising one is taken. */
const candidates = 24

/**
 * Proposes values by the tree-structured Parzen estimator [Bergstra et al. 2011]: parameter by
 * parameter, what is likely among the best tenth of the trials (at least two, at most 25 of those
 * that did not fail) and unlikely among the others. Without any trial it draws at random.
 *
 * @param past - in the order of their numbers: of equal losses the earlier counts as the better
 *
 * @example
 * ```ts
 * import { createRandom, proposeValues } from 'ml-pipeline-toolkit'
 * const space = { l2: { kind: 'log_uniform', min: 0.1, max: 100 } } as const
 * const past = [0.1, 1, 10, 90].map((l2) => ({ values: { l2 }, loss: (l2 - 9) ** 2 }))
 * Object.keys(proposeValues(space, past, createRandom(3))) // => ['l2']
 * ```
 */
export function proposeValues(
  space: SearchSpace,
  past: readonly PastTrial[],
  random: Random,
): TrialValues {
  const { good, others } = splitTrials(past)
  if (good.length === 0) return drawValues(space, random)
  const valuesOf = (trials: readonly PastTrial[], name: string): readonly TrialValue[] =>
    trials.map(({ values }) => values[name]!)
  return Object.fromEntries(
    Object.entries(space).map(([name, dimension]) => [
      name,
      proposeValue(dimension, random.fork(name), {
        good: valuesOf(good, name),
        others: valuesOf(others, name),
      }),
    ]),
  )
}

function splitTrials(past: readonly PastTrial[]): {
  readonly good: readonly PastTrial[]
  readonly others: readonly PastTrial[]
} {
  const sorted = past.toSorted((a, b) => (a.loss === b.loss ? 0 : a.loss - b.loss))
  const finished = past.filter(({ loss }) => loss < Infinity).length
  const count = Math.min(finished, 25, Math.ceil(past.length / 10) + 1)
  return { good: sorted.slice(0, count), others: sorted.slice(count) }
}

interface Seen {
  readonly good: readonly TrialValue[]
  readonly others: readonly TrialValue[]
}

function proposeValue(dimension: Dimension, random: Random, seen: Seen): TrialValue {
  return dimension.kind === 'choice'
    ? proposeOption(dimension, random, seen)
    : proposeNumber(dimension, random, seen)
}

function proposeNumber(interval: Interval, random: Random, seen: Seen): number {
  const fit = (values: readonly TrialValue[]) =>
    fitParzen(values.map((value) => encodePosition(interval, Number(value))))
  const good = fit(seen.good)
  const others = fit(seen.others)
  const drawn = Array.from({ length: candidates }, () => drawPosition(good, random))
  const promise = (position: number): number =>
    logDensity(good, position) - logDensity(others, position)
  return decodePosition(interval, mostPromising(drawn, promise))
}

function proposeOption({ options }: Choice, random: Random, seen: Seen): TrialValue {
  const good = optionShares(options, seen.good)
  const others = optionShares(options, seen.others)
  const drawn = Array.from({ length: candidates }, () => drawIndex(good, random))
  return options[mostPromising(drawn, (index) => good[index]! / others[index]!)]!
}

/** How often each option was taken, and once more. */
function optionShares(
  options: readonly TrialValue[],
  taken: readonly TrialValue[],
): readonly number[] {
  return options.map(
    (option) =>
      (1 + taken.filter((value) => value === option).length) / (options.length + taken.length),
  )
}

function drawIndex(shares: readonly number[], random: Random): number {
  let rest = random.next()
  const index = shares.findIndex((share) => (rest -= share) < 0)
  return index === -1 ? shares.length - 1 : index
}

/** Of equally promising ones the first. */
function mostPromising(drawn: readonly number[], promise: (value: number) => number): number {
  let best = drawn[0]!
  let most = -Infinity
  for (const value of drawn) {
    const promised = promise(value)
    if (promised <= most) continue
    best = value
    most = promised
  }
  return best
}
