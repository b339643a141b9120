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
    const start = (i % rows.rows) * rows.columns
    const values = rows.values.slice(start, start + rows.columns)
    return { rows: 1, columns: rows.columns, values }
  })
  for (const row of single) predictor.predict(row)
  const times = Float64Array.from(single, (row) => {
    const start = clock()
    predictor.predict(row)
    return clock() - start
  })
  return times.sort()[measuredRows / 2]! * 1000
}
