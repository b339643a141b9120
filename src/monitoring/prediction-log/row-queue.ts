import type { RawCells } from '../../core/matrix.ts'
import type { ScoredRows } from '../../core/scored-rows.ts'
import type { QueuedRows } from './spool-line.ts'

/** Rows on their way to the disk, in memory that does not grow. */
export interface RowQueue {
  /** Copies the numbers. @returns how many rows, from the first on, there was room for */
  add(scored: ScoredRows, time: number): number
  /** How many wait. */
  readonly rows: number
  /**
   * Takes all rows out. Their numbers are good until they are taken again: with two halves of memory, one fills
   * while the other is written.
   */
  take(): readonly QueuedRows[]
}

/** @param capacity - numbers in each half, of 4 bytes */
export function createRowQueue(capacity: number): RowQueue {
  let filling = { numbers: new Float32Array(capacity), used: 0 }
  let resting = { numbers: new Float32Array(capacity), used: 0 }
  let queued: QueuedRows[] = []
  let waiting = 0
  /** A loop, for what it copies is mostly one row. */
  const store = (numbers: Float32Array, count: number): number => {
    const start = filling.used
    for (let i = 0; i < count; i++) filling.numbers[start + i] = numbers[i]!
    filling.used += count
    return start
  }
  return {
    get rows() {
      return waiting
    },
    add: (scored, time) => {
      const { columns, rows: requestRows, values, texts, doubles } = scored.rows
      const width = scored.scores.length / requestRows
      const letters = countLetters(texts)
      const numbers = (doubles?.size ?? 0) * requestRows * numbersOfDouble
      const start = filling.used + numbers + Math.ceil(letters / lettersOfNumber)
      if (capacity - start < entryNumbers) return 0
      const rows = Math.min(requestRows, Math.floor((capacity - start) / (columns + width)))
      if (rows === 0) return 0
      queued.push({
        requestId: scored.requestId,
        traceId: scored.traceId,
        protocol: scored.protocol,
        model: scored.model,
        arm: scored.arm,
        columns: scored.columns,
        output: scored.output,
        durationMs: scored.durationMs,
        time,
        requestRows,
        rows,
        texts,
        doubles,
        numbers: filling.numbers,
        valuesAt: store(values, rows * columns),
        scoresAt: store(scored.scores, rows * width),
      })
      filling.used = Math.max(filling.used, start + entryNumbers)
      waiting += rows
      return rows
    },
    take: () => {
      const taken = queued
      queued = []
      waiting = 0
      ;[filling, resting] = [resting, filling]
      filling.used = 0
      return taken
    },
  }
}

/** Letters that take the memory of a number. */
const lettersOfNumber = 2

/** Numbers that take the memory of a double. */
const numbersOfDouble = 2

function countLetters(texts: RawCells | undefined): number {
  let letters = 0
  if (texts === undefined) return letters
  for (const cells of texts.values()) for (const cell of cells) letters += cell?.length ?? 0
  return letters
}

/** A request takes room for at least so many numbers, so that narrow models do not fill memory with entries. */
const entryNumbers = 16
