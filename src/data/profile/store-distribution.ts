import type { Distribution } from './distribution.ts'
import type { StoredDistribution } from './profile.ts'

/** So many different values are stored exactly. */
const storedValues = 1000

/**
 * A distribution as it is stored: exact while it has few values. Of more
 * numbers, neighbours are counted together under the greatest of them, so that
 * cumulative shares are exact there; of more categories, the rarest are `others`.
 */
export function storeDistribution(distribution: Distribution | undefined): StoredDistribution {
  if (distribution === undefined) return { kind: 'none' }
  if (distribution.kind === 'numbers') return storeNumbers(distribution.values, distribution.counts)
  const listed = [...distribution.counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, storedValues)
  const total = listed.reduce((sum, { count }) => sum + count, 0)
  return { kind: 'categories', counts: listed, others: distribution.total - total }
}

function storeNumbers(values: Float64Array, counts: Float64Array): StoredDistribution {
  if (values.length <= storedValues) {
    return { kind: 'numbers', values: [...values], counts: [...counts], resolution: 0 }
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
  return { kind: 'numbers', ...kept, resolution }
}
