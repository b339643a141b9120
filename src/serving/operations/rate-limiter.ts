/** Tells clients apart that send too fast. */
export interface RateLimiter {
  /** Takes one request of a client at a time in milliseconds: 0, or the seconds to wait. */
  take(client: string, nowMs: number): number
}

/** More clients than these are not remembered: the one that was idle longest starts anew. */
const mostClients = 10_000

/**
 * A bucket for each client: it holds the requests of one second, at least one, and fills at the
 * rate. Without a rate everything passes.
 */
export function createRateLimiter(perSecond: number | undefined): RateLimiter {
  if (perSecond === undefined) return { take: () => 0 }
  const capacity = Math.max(1, perSecond)
  const buckets = new Map<string, { readonly left: number; readonly atMs: number }>()
  return {
    take: (client, nowMs) => {
      const bucket = buckets.get(client) ?? { left: capacity, atMs: nowMs }
      const filled = bucket.left + ((nowMs - bucket.atMs) / 1000) * perSecond
      const left = Math.min(capacity, filled)
      const isTaken = left >= 1
      // Last in the order of insertion is who came last.
      buckets.delete(client)
      buckets.set(client, { left: isTaken ? left - 1 : left, atMs: nowMs })
      if (buckets.size > mostClients) buckets.delete(buckets.keys().next().value!)
      return isTaken ? 0 : (1 - left) / perSecond
    },
  }
}
