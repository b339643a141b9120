/** What Prometheus is told of the models behind a server. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ScoringArm } from '../../core/scored-rows.ts'
import type { RolloutEvent } from './rollout-event.ts'

/** Counts what becomes of models, and how those on trial do. */
export interface RolloutMetrics {
  countEvent(event: RolloutEvent): void
  /** A scoring while there is a canary. */
  countArm(arm: ScoringArm, outcome: 'ok' | 'error'): void
  countShadow(outcome: 'ok' | 'error' | 'dropped'): void
  /** @param difference - between the number that was answered and the shadow's, absolute */
  observeDifference(difference: number, isMismatch: boolean): void
}

/** A millionth is what rounding makes of the same number; predictions of money go far beyond 1. */
const differenceBuckets = [
  1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 10, 100, 1000,
]

export function createRolloutMetrics(registry: Registry): RolloutMetrics {
  const counters = createCounters([registry])
  return {
    countEvent: (event) => {
      const { kind } = event
      if (kind === 'registry-away' || kind === 'registry-back') {
        counters.reachable.set({ arm: event.arm }, kind === 'registry-back' ? 1 : 0)
      } else if (kind === 'rolled-back') {
        counters.swaps.inc({ arm: 'canary', outcome: kind })
        counters.rollbacks.inc({ cause: event.cause })
      } else if (kind !== 'shadow-failed' && kind !== 'alias-missing') {
        counters.swaps.inc({ arm: event.arm, outcome: kind })
      }
    },
    countArm: (arm, outcome) => counters.arms.inc({ arm, outcome }),
    countShadow: (outcome) => {
      if (outcome === 'dropped') counters.dropped.inc()
      else counters.shadows.inc({ outcome })
    },
    observeDifference: (difference, isMismatch) => {
      counters.differences.observe(difference)
      if (isMismatch) counters.mismatches.inc()
    },
  }
}

function createCounters(registers: Registry[]) {
  return {
    swaps: new Counter({
      name: 'mlpt_model_swaps_total',
      help: 'Models that took a place, were refused it or lost it',
      labelNames: ['arm', 'outcome'] as const,
      registers,
    }),
    reachable: new Gauge({
      name: 'mlpt_registry_reachable',
      help: '0 while the registry does not say which version an alias names, 1 once it does again',
      labelNames: ['arm'] as const,
      registers,
      aggregator: 'min',
    }),
    arms: new Counter({
      name: 'mlpt_canary_requests_total',
      help: 'Calls of the models while there is a canary',
      labelNames: ['arm', 'outcome'] as const,
      registers,
    }),
    rollbacks: new Counter({
      name: 'mlpt_canary_rollbacks_total',
      help: 'Canaries taken back',
      labelNames: ['cause'] as const,
      registers,
    }),
    shadows: new Counter({
      name: 'mlpt_shadow_requests_total',
      help: 'Requests that the shadow scored or failed to',
      labelNames: ['outcome'] as const,
      registers,
    }),
    dropped: new Counter({
      name: 'mlpt_shadow_dropped_total',
      help: 'Requests that the shadow had no time for',
      registers,
    }),
    mismatches: new Counter({
      name: 'mlpt_shadow_mismatch_total',
      help: 'Rows for which the shadow predicts something else',
      registers,
    }),
    differences: new Histogram({
      name: 'mlpt_shadow_difference',
      help: 'Between the number that was answered and the shadow’s, absolute',
      buckets: differenceBuckets,
      registers,
    }),
  }
}
