/**
 * Evidently's way round ln 0: an empty bin has a share of 0.0001, or a millionth of the smallest share
 * when that is 0.0001 or less. The others stay as they are.
 */
export function fillZeros(shares: Float64Array): Float64Array {
  const smallest = shares.reduce((least, share) => (share > 0 ? Math.min(least, share) : least), 1)
  const filling = smallest <= 0.0001 ? smallest / 1e6 : 0.0001
  return shares.map((share) => (share === 0 ? filling : share))
}
