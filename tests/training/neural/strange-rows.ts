import type { Matrix } from '../../../src/core/matrix.ts'
import type { NeuralData } from '../../../src/training/neural/index.ts'

/** The data's own first rows, and rows with what serving can meet: missing, unseen and extreme cells. */
export function strangeRows({ x }: NeuralData): Matrix {
  const own = x.values.slice(0, 100 * x.columns)
  const rows = [
    [NaN, NaN, NaN],
    [0, 0, 99],
    [-1e6, 1e9, 3],
    [1e6, 0, 7.5],
    [0.25, NaN, -2],
    [NaN, 12, 100],
  ]
  return {
    rows: 100 + rows.length,
    columns: x.columns,
    values: Float32Array.from([...own, ...rows.flat()]),
  }
}
