/** How successive halving spends: which parameter is the resource, and how it grows. */
export interface HalvingSettings {
  /** The parameter that says how long a fit is: rounds, iterations, epochs. */
  readonly resource: string
  /** What every trial starts with. */
  readonly min: number
  /** What the last rung has. */
  readonly max: number
  /** One of so many goes on, with so many times the resource; at least 2. */
  readonly reduction: number
}

/** One round of a study by successive halving. */
export interface Rung {
  /** How many trials it has. */
  readonly trials: number
  readonly resource: number
}

/**
 * The rungs of synchronous successive halving [Jamieson & Talwalkar 2016]: all trials with the
 * smallest resource, then ⌊1/reduction⌋ of them, at least one, with `reduction` times as much,
 * and so on up to `max`. The asynchronous form [Li et al. 2020] would give other trials with other
 * numbers of workers; this one does not.
 */
export function planRungs(
  trials: number,
  { min, max, reduction }: HalvingSettings,
): readonly Rung[] {
  const rungs: Rung[] = []
  let left = trials
  for (let resource = min; ; resource *= reduction) {
    rungs.push({ trials: left, resource: Math.min(max, resource) })
    if (resource >= max) return rungs
    left = Math.max(1, Math.floor(left / reduction))
  }
}
