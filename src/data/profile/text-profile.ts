import { countCodePoints } from '../../core/code-points.ts'
import type { TextProfile, ValueCount } from './profile.ts'

/** What a text looks like; the first that fits. */
const classes: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['blank', /^\s*$/],
  ['padded', /^\s|\s$/],
  ['leading zero', /^0\d+$/],
  ['integer', /^[+-]?\d+$/],
  ['decimal', /^[+-]?(?:\d+[.,]\d*|[.,]\d+)(?:e[+-]?\d+)?$/i],
  ['date', /^\d{4}-\d{2}-\d{2}$/],
  ['timestamp', /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/],
  ['uuid', /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i],
  ['email', /^[^\s@]+@[^\s@]+\.[^\s@]+$/],
  ['url', /^https?:\/\/\S+$/i],
  ['word', /^[\p{L}\p{M}\p{N}_-]+$/u],
]

/** Lengths and classes of texts. @param counts - how often each occurs, at least one of them */
export function describeTexts(counts: ReadonlyMap<string, number>): TextProfile {
  const found = new Map<string, number>()
  let [min, max, sum, total] = [Infinity, 0, 0, 0]
  for (const [value, count] of counts) {
    const length = countCodePoints(value)
    min = Math.min(min, length)
    max = Math.max(max, length)
    sum += length * count
    total += count
    const name = classes.find(([, pattern]) => pattern.test(value))?.[0] ?? 'other'
    found.set(name, (found.get(name) ?? 0) + count)
  }
  return { lengths: { min, max, mean: sum / total }, classes: sortCounts(found) }
}

function sortCounts(counts: ReadonlyMap<string, number>): ValueCount[] {
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
}
