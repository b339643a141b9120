import type { NumberDistribution } from './distribution.ts'
import type { Quantile } from './profile.ts'

const percents = [1, 5, 25, 50, 75, 95, 99]

/**
 * Quantiles of counted numbers: the least of them at or below which lies the
 * share of all. Always a value that occurs, without interpolation (method 1 of
 * Hyndman and Fan 1996, 'inverted_cdf' of NumPy).
 *
 * @param numbers - at least one
 */
export function readQuantiles({
  values,
  counts,
  total,
}: Pick<NumberDistribution, 'values' | 'counts' | 'total'>): readonly Quantile[] {
  let [at, seen] = [0, counts[0]!]
  return percents.map((percent) => {
    const rank = Math.ceil((percent * total) / 100)
    while (seen < rank) seen += counts[++at]!
    return { share: percent / 100, value: values[at]! }
  })
}
