import type { LineBytes } from './line-bytes.ts'
import type { RowQueue } from './row-queue.ts'
import type { LineWriter, QueuedRows } from './spool-line.ts'

/** Lines ready to be written. */
export interface LineBatch {
  readonly lines: Uint8Array
  readonly rows: number
}

/**
 * Turns rows into lines while they are young, in memory that is used again and again: rows that grew old would make V8
 * keep 50 MB for young objects.
 */
export interface LineBuffer {
  /** Rows that were taken from the queue, as lines or not yet. */
  readonly rows: number
  /** There is as much as is written at once. */
  readonly isFull: boolean
  /** Formats for about half a millisecond. @returns whether rows are left */
  formatSome(): boolean
  /** All lines, the same ones until they are dropped; other lines gather meanwhile. */
  take(): LineBatch
  /** They are written. */
  drop(): void
}

/** Formatted without a pause. */
const rowsInOneTurn = 64

/** @param fullBytes - so much is written at once */
export function createLineBuffer(
  queue: RowQueue,
  writer: LineWriter,
  fullBytes: number,
): LineBuffer {
  let [filling, resting] = [createFill(fullBytes), createFill(fullBytes)]
  let taken: LineBatch | undefined
  let entries: readonly QueuedRows[] = []
  let [entry, row, left] = [0, 0, 0]
  const formatNext = (most: number): number => {
    const queued = entries[entry]!
    const to = Math.min(queued.rows, row + most)
    // In each batch, for nobody knows in which file it comes to lie.
    if (!filling.named.has(queued.model.digest)) {
      writer.appendNames(filling, queued)
      filling.named.add(queued.model.digest)
    }
    writer.appendRows(filling, queued, { from: row, to })
    const formatted = to - row
    if (to === queued.rows) [entry, row] = [entry + 1, 0]
    else row = to
    return formatted
  }
  return {
    get rows() {
      return filling.rows + left + (taken?.rows ?? 0)
    },
    get isFull() {
      return filling.used >= fullBytes
    },
    formatSome: () => {
      for (let most = rowsInOneTurn; most > 0 && left + queue.rows > 0;) {
        if (left === 0) {
          left = queue.rows
          entries = queue.take()
          ;[entry, row] = [0, 0]
        }
        const formatted = formatNext(most)
        filling.rows += formatted
        left -= formatted
        most -= formatted
      }
      return left + queue.rows > 0
    },
    take: () => {
      if (taken !== undefined) return taken
      ;[filling, resting] = [resting, filling]
      const { bytes, used, rows } = resting
      taken = { lines: bytes.subarray(0, used), rows }
      return taken
    },
    drop: () => {
      taken = undefined
      ;[resting.used, resting.rows] = [0, 0]
      resting.named.clear()
    },
  }
}

interface Fill extends LineBytes {
  rows: number
  /** Digests of models whose numbers have their names here. */
  readonly named: Set<string>
}

function createFill(fullBytes: number): Fill {
  return { bytes: Buffer.allocUnsafeSlow(2 * fullBytes), used: 0, rows: 0, named: new Set() }
}
