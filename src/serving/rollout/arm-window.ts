/** What one model did lately. */

import type { ArmCounts } from './judge-canary.ts'

/** The newest scorings of one model, in bounded memory. */
export interface ArmWindow {
  /**
   * @param at - milliseconds, never less than before
   * @param durationMs - in the model, for one row; of a failure, anything
   */
  add(at: number, outcome: { readonly isError: boolean; readonly durationMs: number }): void
  /** Over the scorings that are not too old at this moment. */
  count(at: number): ArmCounts
}

/** @param limits - how many scorings are kept, and for how long */
export function createArmWindow(limits: {
  readonly requests: number
  readonly ms: number
}): ArmWindow {
  const times = new Float64Array(limits.requests).fill(-Infinity)
  const durations = new Float64Array(limits.requests) // NaN for a failure
  let next = 0
  return {
    add: (at, { isError, durationMs }) => {
      times[next] = at
      durations[next] = isError ? Number.NaN : durationMs
      next = (next + 1) % limits.requests
    },
    count: (at) => {
      const fresh = durations.filter((_, index) => times[index]! > at - limits.ms)
      const answered = fresh.filter((duration) => !Number.isNaN(duration)).sort()
      const p95 = answered[Math.ceil(answered.length * 0.95) - 1]
      return { requests: fresh.length, errors: fresh.length - answered.length, p95Ms: p95 ?? 0 }
    },
  }
}
