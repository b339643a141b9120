import { thresholdRoom } from '../kernels/boosting-kernel.ts'
import { createBoostingKernel } from '../kernels/create-boosting-kernel.ts'

/** Tells how many of the thresholds, ascending and at most 254, lie below each value; one more than all for NaN. */
export type ColumnBinner = (values: Float32Array, thresholds: Float32Array) => Uint8Array

/** Makes memory for columns of so many rows and bins them in it one after the other. */
export function createColumnBinner(rows: number): ColumnBinner {
  const valuesAt = 4 * thresholdRoom
  const binsAt = valuesAt + 4 * rows
  const { kernel, buffer } = createBoostingKernel(binsAt + rows)
  const room = new Float32Array(buffer, 0, thresholdRoom)
  const column = new Float32Array(buffer, valuesAt, rows)
  const bins = new Uint8Array(buffer, binsAt, rows)
  return (values, thresholds) => {
    room.fill(Infinity)
    room.set(thresholds)
    column.set(values)
    kernel.bin(valuesAt, rows, 0, thresholds.length + 1, binsAt)
    return bins.slice()
  }
}
