/** When a delivery that did not arrive is tried again. */

import type { WebhookOutcome } from './webhook-client.ts'

/** Then a delivery is given up: about an hour and a half after its event. */
const maxAttempts = 8
const firstDelayMs = 1000
const maxDelayMs = 3_600_000

/** Arrived, to be tried again, or not worth it. */
export type Verdict =
  | { readonly kind: 'arrived' }
  | { readonly kind: 'given-up'; readonly why: string }
  | { readonly kind: 'again'; readonly delayMs: number }

/**
 * The waits grow fourfold from one second, up to an hour, and scatter by up to a quarter, so that
 * many senders do not come back at the same moment. A receiver may ask for longer.
 *
 * @param attempt - the one that ended, from 1
 * @param scatter - from [0, 1)
 */
export function judgeDelivery(
  outcome: WebhookOutcome,
  { attempt, scatter }: { readonly attempt: number; readonly scatter: number },
): Verdict {
  if (outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300) {
    return { kind: 'arrived' }
  }
  const why = outcome.kind === 'answered' ? `it answered ${outcome.status}` : outcome.message
  if (!isPassing(outcome)) return { kind: 'given-up', why }
  if (attempt >= maxAttempts) return { kind: 'given-up', why: `${why}, ${attempt} times` }
  const delayMs = Math.min(firstDelayMs * 4 ** (attempt - 1), maxDelayMs) * (1 + scatter / 4)
  const askedMs = outcome.kind === 'answered' ? (outcome.retryAfter ?? 0) * 1000 : 0
  return { kind: 'again', delayMs: Math.round(Math.max(delayMs, Math.min(askedMs, maxDelayMs))) }
}

/** A fault that may be gone the next time. */
function isPassing(outcome: WebhookOutcome): boolean {
  if (outcome.kind !== 'answered') return outcome.kind === 'unreachable'
  return outcome.status === 408 || outcome.status === 429 || outcome.status >= 500
}
