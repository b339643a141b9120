/** What a prediction log is to the server that fills it. */

import type { ScoringObserver } from './scored-rows.ts'

/** What turned out to be true of a prediction. */
export interface Feedback {
  /** Of the prediction. */
  readonly id: string
  /** The class, or the value. */
  readonly label: number
  /**
   * When it became known, in milliseconds since 1970: of several labels of one prediction the latest counts. The moment
   * in which it is written, when left out.
   */
  readonly time?: number
}

/** What happened to the rows so far. */
export interface PredictionLogCounts {
  /** In the file. */
  readonly rows: number
  /** Lost because the disk was slower than the requests, or failed. */
  readonly droppedRows: number
  readonly bytes: number
  /** Writes that failed. */
  readonly faults: number
}

/** A prediction log that is being written. */
export interface PredictionLogWriter {
  /** Takes the rows at once; they reach the disk within about a second. */
  readonly observe: ScoringObserver
  /**
   * Settles once the labels are in the file.
   *
   * @throws {ToolkitError} `FILE_WRITE_FAILED`
   */
  addFeedback(feedback: readonly Feedback[]): Promise<void>
  counts(): PredictionLogCounts
}

/** The id of a row's prediction: that of its request; of one of many rows with its number, from 0. */
export function predictionIdOf(
  requestId: string,
  { row, rows }: { readonly row: number; readonly rows: number },
): string {
  return rows === 1 ? requestId : `${requestId}.${row}`
}

/** Of an id that a label names: more than any request id with the number of a row. */
export const longestPredictionId = 200

/** The last millisecond of the year 9999. */
export const latestFeedbackTime = 253_402_300_799_999
