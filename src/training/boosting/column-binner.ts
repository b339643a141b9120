import { countRoomBytes, thresholdRoom } from '../kernels/boosting-kernel.ts'
import { createBoostingKernel } from '../kernels/create-boosting-kernel.ts'

/** Memory for some columns, in which they are binned one after the other. */
export interface ColumnBinner {
  /** Each of shape [rows]. */
  readonly columns: readonly Float32Array[]
  /** The known values of one of the columns, ascending, and how often each occurs; overwritten by the next. */
  readonly countValues: (column: Float32Array) => {
    readonly distinct: Float32Array
    readonly counts: Int32Array
  }
  /** Tells how many of the thresholds, ascending and at most 254, lie below each value of one of the columns; one more than all for NaN. */
  readonly bin: (column: Float32Array, thresholds: Float32Array) => Uint8Array
}

export function createColumnBinner(rows: number, columns: number): ColumnBinner {
  const roomAt = 4 * thresholdRoom
  const binsAt = roomAt + countRoomBytes
  const distinctAt = binsAt + Math.ceil(rows / 4) * 4
  const countsAt = distinctAt + 4 * rows
  const columnsAt = countsAt + 4 * rows
  const { kernel, buffer } = createBoostingKernel(columnsAt + 4 * rows * columns)
  const limits = new Float32Array(buffer, 0, thresholdRoom)
  const bins = new Uint8Array(buffer, binsAt, rows)
  return {
    columns: Array.from(
      { length: columns },
      (_, k) => new Float32Array(buffer, columnsAt + 4 * rows * k, rows),
    ),
    countValues: ({ byteOffset }) => {
      const count = kernel.count(byteOffset, rows, distinctAt, countsAt, roomAt)
      return {
        distinct: new Float32Array(buffer, distinctAt, count),
        counts: new Int32Array(buffer, countsAt, count),
      }
    },
    bin: ({ byteOffset }, thresholds) => {
      limits.fill(Infinity)
      limits.set(thresholds)
      kernel.bin(byteOffset, rows, 0, thresholds.length + 1, binsAt)
      return bins.slice()
    },
  }
}
