/** Which windows are complete, and where they begin and end. */

import type { WindowSize } from './window-size.ts'

/** A row of the log by which it is ordered. */
export interface LogPosition {
  /** Milliseconds since 1970. */
  readonly time: number
  readonly id: string
}

/** Where a window lies in the log of one version. */
export interface WindowBounds {
  readonly first: LogPosition
  /** Also in the window. */
  readonly last: LogPosition
  /** Milliseconds since 1970, as they are shown: of a window of time its beginning and its end. */
  readonly from: number
  readonly to: number
}

/** The latest windows are judged, so many a run. */
export const mostWindows = 500

/**
 * Complete windows of time, oldest first: each begins at a multiple of the step since 1970, in UTC. One is complete when
 * its end and the time that rows take to the log have passed.
 *
 * @param log.after - where the last judged window began
 */
export function planTimeWindows(
  { spanMs, stepMs }: Extract<WindowSize, { kind: 'time' }>,
  log: {
    readonly first: number
    readonly last: number
    readonly now: number
    readonly settleMs: number
    readonly after?: number | undefined
  },
): readonly WindowBounds[] {
  const { first, last, now, settleMs, after } = log
  // The first window that holds the first row.
  const start = after === undefined ? ceilTo(first - spanMs + 1, stepMs) : after + stepMs
  const lastStart = Math.min(
    Math.floor(last / stepMs) * stepMs,
    Math.floor((now - settleMs - spanMs) / stepMs) * stepMs,
  )
  const count = Math.max(0, Math.floor((lastStart - start) / stepMs) + 1)
  const skipped = Math.max(0, count - mostWindows)
  return Array.from({ length: count - skipped }, (_, i) => {
    const from = start + (skipped + i) * stepMs
    const to = from + spanMs
    return { first: { time: from, id: '' }, last: { time: to - 1, id: greatestId }, from, to }
  })
}

/** Behind every other text. */
const greatestId = '\u{10ffff}'

function ceilTo(value: number, step: number): number {
  return Math.ceil(value / step) * step
}

/**
 * Row numbers, from 0, of complete windows of rows, oldest first.
 *
 * @param rows - how many there are, counted from where the next window begins
 */
export function planRowWindows(
  size: Extract<WindowSize, { kind: 'rows' }>,
  rows: number,
): readonly { readonly first: number; readonly last: number }[] {
  const count = Math.max(0, Math.floor((rows - size.rows) / size.step) + 1)
  const skipped = Math.max(0, count - mostWindows)
  return Array.from({ length: count - skipped }, (_, i) => {
    const first = (skipped + i) * size.step
    return { first, last: first + size.rows - 1 }
  })
}
