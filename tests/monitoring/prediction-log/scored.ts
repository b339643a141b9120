/** Rows as a server tells of them. */

import type { ScoredRows } from '../../../src/core/scored-rows.ts'

/** One request; its rows are lists of cells, in the order of `columns`. */
export function scored(
  requestId: string,
  rows: readonly (readonly number[])[],
  rest: Partial<ScoredRows> = {},
): ScoredRows {
  const columns = rest.columns ?? ['age', 'debt']
  return {
    requestId,
    traceId: undefined,
    protocol: 'native',
    model: { name: 'loans', version: '3', digest: 'ab'.repeat(32) },
    arm: 'champion',
    rows: { rows: rows.length, columns: columns.length, values: Float32Array.from(rows.flat()) },
    output: { kind: 'probability' },
    scores: Float32Array.from(rows, (_, row) => (row + 1) / 4),
    durationMs: 0.002,
    ...rest,
    columns,
  }
}
