import { countBetween, divideRange } from '../data/profile/bins.ts'
import type { Distribution, NumberDistribution } from '../data/profile/distribution.ts'
import { formatNumber } from '../core/format-number.ts'
import { pairCategories, toLengths } from './categories.ts'
import { type ColumnPair, distributionsOf } from './draft-check.ts'
import type { Bin } from './drift-report.ts'

/** Bins of a picture, and values in one; the rest is pooled. */
const mostBins = 20

/** Such a share of either end shares the outermost bins, so that one outlier does not empty all others. */
const tail = 0.005

/**
 * What a picture of the column shows: numbers, times and the lengths of texts
 * in bins of one width, categories one by one, the most frequent first.
 */
export function countBins(pair: ColumnPair): readonly Bin[] {
  const both = distributionsOf(pair)
  if (both === undefined) return []
  const reference = pair.kind === 'text' ? toSizes(both.reference) : both.reference
  const current = pair.kind === 'text' ? toSizes(both.current) : both.current
  if (pair.kind !== 'categorical' && reference.kind === 'numbers' && current.kind === 'numbers') {
    return reference.total === 0 || current.total === 0 ? [] : binNumbers(reference, current)
  }
  return binCategories(reference, current)
}

function toSizes(distribution: Distribution): Distribution {
  return distribution.kind === 'categories' ? toLengths(distribution) : distribution
}

function binNumbers(reference: NumberDistribution, current: NumberDistribution): Bin[] {
  const low = Math.min(quantileOf(reference, tail), quantileOf(current, tail))
  const high = Math.max(quantileOf(reference, 1 - tail), quantileOf(current, 1 - tail))
  const edges = edgesBetween(low, high, areWhole(reference) && areWhole(current))
  const before = countBetween(reference, edges)
  const after = countBetween(current, edges)
  return before.map((count, i) => ({
    label: `${formatNumber(edges[i]!)} – ${formatNumber(edges[i + 1]!)}`,
    from: edges[i]!,
    to: edges[i + 1]!,
    reference: count,
    current: after[i]!,
  }))
}

function areWhole({ values }: NumberDistribution): boolean {
  return values.every(Number.isInteger)
}

/** The least value at or below which so large a share of the rows lies; the share is from 0 to 1. */
export function quantileOf({ values, counts, total }: NumberDistribution, share: number): number {
  let below = 0
  for (let i = 0; i < values.length; i++) {
    below += counts[i]!
    if (below >= share * total) return values[i]!
  }
  return values.at(-1) ?? NaN
}

/** Whole numbers get bins of whole width around them. */
function edgesBetween(low: number, high: number, isWhole: boolean): number[] {
  if (low === high) return [low - 0.5, low + 0.5]
  if (!isWhole || high - low > Number.MAX_SAFE_INTEGER) return divideRange(low, high, mostBins)
  const step = Math.max(1, Math.ceil((high - low + 1) / mostBins))
  const bins = Math.ceil((high - low + 1) / step)
  return Array.from({ length: bins + 1 }, (_, i) => low - 0.5 + i * step)
}

function binCategories(reference: Distribution, current: Distribution): Bin[] {
  const pair = pairCategories(reference, current)
  const shareOf = (value: string): number =>
    (pair.reference.counts.get(value) ?? 0) / pair.reference.total +
    (pair.current.counts.get(value) ?? 0) / pair.current.total
  const values = [...new Set([...pair.reference.counts.keys(), ...pair.current.counts.keys()])]
    .map((value) => ({ value, share: shareOf(value) }))
    .toSorted((a, b) => b.share - a.share || (a.value < b.value ? -1 : 1))
    .slice(0, mostBins)
  const bins = values.map(({ value }) => ({
    label: value,
    reference: pair.reference.counts.get(value) ?? 0,
    current: pair.current.counts.get(value) ?? 0,
  }))
  const listed = (side: 'reference' | 'current'): number =>
    bins.reduce((sum, bin) => sum + bin[side], 0)
  const rest = {
    label: 'other values',
    reference: pair.reference.total - listed('reference'),
    current: pair.current.total - listed('current'),
  }
  return rest.reference + rest.current === 0 ? bins : [...bins, rest]
}
