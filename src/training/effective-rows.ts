/**
 * As how many rows that count alike these tell: (Σw)² / Σw² [Kish 1965].
 *
 * @param weights - from 0, finite, some of them above; absent of rows that count alike
 */
export function effectiveRows(rows: number, weights: ArrayLike<number> | undefined): number {
  if (weights === undefined) return rows
  const all = Float64Array.from(weights)
  const largest = all.reduce((most, weight) => Math.max(most, weight), 0)
  const shares = all.map((weight) => weight / largest)
  const total = shares.reduce((sum, share) => sum + share, 0)
  return total ** 2 / shares.reduce((sum, share) => sum + share ** 2, 0)
}
