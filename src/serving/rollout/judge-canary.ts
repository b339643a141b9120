/** When a model on trial is taken back. */

import { hypergeometricDensity } from '../../math/index.ts'

/** What a model did in a window of time. */
export interface ArmCounts {
  readonly requests: number
  /** Of the requests. */
  readonly errors: number
  /** Milliseconds in the model for a row, which 95 % of the answers did not exceed; 0 without any. */
  readonly p95Ms: number
}

/** How much worse than the champion a canary may be. */
export interface CanaryLimits {
  /** Of each model, before anything is said. */
  readonly minRequests: number
  /** The error rate may be so much above the champion's, 0–1. */
  readonly errorMargin: number
  /** Chance, 0–1, that errors that fall on both alike look so unequal: above it they are no reason. */
  readonly significance: number
  /** A row may take so many times as long … */
  readonly latencyRatio: number
  /** … or so many milliseconds more, whichever is longer. */
  readonly latencyMarginMs: number
  /** So many judgements in a row must find the same fault. */
  readonly confirmations: number
}

export const defaultCanaryLimits: CanaryLimits = {
  minRequests: 30,
  errorMargin: 0.01,
  significance: 0.001,
  latencyRatio: 2,
  latencyMarginMs: 1,
  confirmations: 3,
}

/** In what a canary is worse than it may be. */
export interface CanaryFault {
  readonly cause: 'errors' | 'latency'
  /** With the numbers of both. */
  readonly reason: string
}

/** What is wrong with the canary, going by one window; `undefined` for nothing, or nothing that is certain enough. */
export function judgeCanary(
  champion: ArmCounts,
  canary: ArmCounts,
  limits: CanaryLimits,
): CanaryFault | undefined {
  if (Math.min(champion.requests, canary.requests) < limits.minRequests) return undefined
  const [rate, championRate] = [canary, champion].map(({ errors, requests }) => errors / requests)
  if (
    rate! - championRate! > limits.errorMargin &&
    chanceOfErrors(champion, canary) < limits.significance
  ) {
    const reason = `${formatShare(canary)} failed, and ${formatShare(champion)} of the champion's`
    return { cause: 'errors', reason }
  }
  const longest = Math.max(
    champion.p95Ms * limits.latencyRatio,
    champion.p95Ms + limits.latencyMarginMs,
  )
  if (canary.p95Ms <= longest || isSilent(champion)) return undefined
  const [p95, championP95] = [canary, champion].map(({ p95Ms }) => `${p95Ms.toPrecision(3)} ms`)
  return { cause: 'latency', reason: `a row took ${p95} (p95), and ${championP95} the champion` }
}

/** Whether a model answered nothing: then it has no time to compare with. */
function isSilent({ requests, errors }: ArmCounts): boolean {
  return requests === errors
}

function formatShare({ requests, errors }: ArmCounts): string {
  return `${errors} of ${requests} requests`
}

/**
 * The chance that so many of the errors of both, or more, fall on the canary when they fall on all requests alike:
 * Fisher's exact test, one-sided.
 */
function chanceOfErrors(champion: ArmCounts, canary: ArmCounts): number {
  const marked = champion.errors + canary.errors
  const total = champion.requests + canary.requests
  let chance = 0
  for (let errors = canary.errors; errors <= Math.min(marked, canary.requests); errors++) {
    chance += hypergeometricDensity(errors, { drawn: canary.requests, marked, total })
  }
  return chance
}

/** How often in a row the same fault was found. */
export interface FaultStreak {
  readonly cause: CanaryFault['cause'] | undefined
  readonly count: number
}

export const noFaults: FaultStreak = { cause: undefined, count: 0 }

/** The streak with one judgement more: one without a fault, or with another, ends it. */
export function extendStreak(streak: FaultStreak, fault: CanaryFault | undefined): FaultStreak {
  if (fault === undefined) return noFaults
  return { cause: fault.cause, count: streak.cause === fault.cause ? streak.count + 1 : 1 }
}
