import type { Random } from '../../core/random.ts'
import { exp, log, normalTail, sineCosine } from '../../math/index.ts'

/** A density over [0, 1]: the mean of normal densities, each cut off at the ends. */
export interface ParzenEstimator {
  /** Middles of the normals, ascending. */
  readonly centres: readonly number[]
  readonly deviations: readonly number[]
  /** What of each normal lies in [0, 1]. */
  readonly masses: readonly number[]
}

/**
 * Fits the estimator of [Bergstra et al. 2011, §4]: a normal at every position, as wide as the
 * larger gap to a neighbour, and one at the middle that is as wide as the interval, so that no
 * place is ever given up.
 *
 * @param positions - from 0 to 1, which `drawPosition` relies on to come to an end
 */
export function fitParzen(positions: readonly number[]): ParzenEstimator {
  const prior = 0.5
  const centres = [...positions, prior].sort((a, b) => a - b)
  const narrowest = 1 / Math.min(100, centres.length + 1)
  const gaps = centres.map((centre, i) =>
    Math.max(centre - (centres[i - 1] ?? 0), (centres[i + 1] ?? 1) - centre),
  )
  const deviations = gaps.map((gap) => Math.min(1, Math.max(gap, narrowest)))
  deviations[centres.indexOf(prior)] = 1
  const masses = centres.map(
    (centre, i) => normalTail(-centre / deviations[i]!) - normalTail((1 - centre) / deviations[i]!),
  )
  return { centres, deviations, masses }
}

/** Natural logarithm of the density at a position. */
export function logDensity(
  { centres, deviations, masses }: ParzenEstimator,
  position: number,
): number {
  let sum = 0
  for (let i = 0; i < centres.length; i++) {
    const z = (position - centres[i]!) / deviations[i]!
    sum += exp((-z * z) / 2) / (deviations[i]! * masses[i]!)
  }
  return log(sum / (centres.length * Math.sqrt(2 * Math.PI)))
}

/** Draws a position: one of the normals, then a place in it, again while it is outside of [0, 1]. */
export function drawPosition({ centres, deviations }: ParzenEstimator, random: Random): number {
  const i = random.nextInteger(centres.length)
  for (;;) {
    const position = centres[i]! + deviations[i]! * drawNormal(random)
    if (position >= 0 && position <= 1) return position
  }
}

/** A standard normal number [Box & Muller 1958]. */
function drawNormal(random: Random): number {
  const radius = Math.sqrt(-2 * log(1 - random.next()))
  return radius * sineCosine(2 * Math.PI * random.next())[1]
}
