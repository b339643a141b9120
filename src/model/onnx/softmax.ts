import { exp } from '../../math/index.ts'

/**
 * Of each row exponentials that sum to 1, into the same cells. The row's largest number is taken off
 * first, so that none overflows.
 *
 * @param values - shape [rows, columns]
 */
export function softmaxRows(values: Float32Array | Float64Array, columns: number): void {
  for (let start = 0; start < values.length; start += columns) {
    const row = values.subarray(start, start + columns)
    let largest = -Infinity
    for (const x of row) largest = Math.max(largest, x)
    const powers = Float64Array.from(row, (x) => exp(x - largest))
    const sum = powers.reduce((a, b) => a + b, 0)
    row.set(powers.map((power) => power / sum))
  }
}
