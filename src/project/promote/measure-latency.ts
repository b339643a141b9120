import type { Matrix } from '../../core/matrix.ts'
import type { Predictor } from '../../core/predictor.ts'

/** As many rows are scored one by one, after as many that warm up. */
const measuredRows = 500

/**
 * Median microseconds of the prediction of one row, as a server would make it.
 *
 * @param rows - what is scored, again from the start when there are fewer; at least one
 * @param clock - milliseconds, with fractions
 */
export function measureLatency(predictor: Predictor, rows: Matrix, clock: () => number): number {
  const single = Array.from({ length: measuredRows }, (_, i): Matrix => {
    const row = i % rows.rows
    const values = rows.values.slice(row * rows.columns, (row + 1) * rows.columns)
    const doubles = rows.doubles && new Map([...rows.doubles].map(([c, of]) => [c, [of[row]!]]))
    return { rows: 1, columns: rows.columns, values, doubles }
  })
  for (const row of single) predictor.predict(row)
  const times = Float64Array.from(single, (row) => {
    const start = clock()
    predictor.predict(row)
    return clock() - start
  })
  return times.sort()[measuredRows / 2]! * 1000
}
