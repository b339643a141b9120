/** Params and tags on their way. */

import type { Pairs } from '../../core/tracking.ts'

const batchPairs = 100

/** The pairs that the target has not, or with another value. */
export function without(wanted: Pairs, there: Pairs): Pairs {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => there[key] !== value))
}

/** As many at once as a server takes. */
export function cutPairs(pairs: Pairs): readonly Pairs[] {
  const entries = Object.entries(pairs)
  return Array.from({ length: Math.ceil(entries.length / batchPairs) }, (_, i) =>
    Object.fromEntries(entries.slice(i * batchPairs, (i + 1) * batchPairs)),
  )
}
