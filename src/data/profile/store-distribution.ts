import type { NumberDistribution } from './distribution.ts'
import type { StoredDistribution } from './profile.ts'

/** So many different values are stored exactly. */
export const storedValues = 1000

/** So many of the most frequent ones are shown. */
export const topValues = 20

/**
 * Numbers as they are stored: exactly while there are few. Of more, neighbours are counted together under the
 * greatest of them, so that cumulative shares are as exact there as they were.
 */
export function storeNumbers({
  values,
  counts,
  resolution: before,
}: Pick<NumberDistribution, 'values' | 'counts' | 'resolution'>): StoredDistribution {
  if (values.length <= storedValues) {
    return { kind: 'numbers', values: [...values], counts: [...counts], resolution: before }
  }
  const total = counts.reduce((sum, count) => sum + count, 0)
  const step = total / storedValues
  const kept = { values: [] as number[], counts: [] as number[] }
  let [seen, open, resolution] = [0, 0, 0]
  for (const [i, value] of values.entries()) {
    const count = counts[i]!
    seen += count
    open += count
    const isLast = i === values.length - 1
    if (seen < step * (kept.values.length + 1) && !isLast) continue
    kept.values.push(value)
    kept.counts.push(open)
    // What lies strictly between two kept values is counted at the upper one.
    resolution = Math.max(resolution, (open - count) / total)
    open = 0
  }
  return { kind: 'numbers', ...kept, resolution: before + resolution }
}
