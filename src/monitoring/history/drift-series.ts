/** Several comparisons with one reference, in order: windows of a table, or files. Plain JSON. */

import type { DriftReport } from '../drift-report.ts'

/** What each comparison said. */
export interface DriftSeries {
  readonly format: 'mlpt.drift-series/1'
  readonly windows: readonly DriftWindow[]
  /** Labels of the windows that have drifted. */
  readonly drifted: readonly string[]
  /** Whether one of them has. */
  readonly isDrifted: boolean
  readonly warnings: readonly string[]
}

/** One comparison. */
export interface DriftWindow {
  /** The beginning of a window of time, such as '2026-01'; the first and last row of others; the path of a file. */
  readonly label: string
  readonly report: DriftReport
}

export function createSeries(
  windows: readonly DriftWindow[],
  warnings: readonly string[],
): DriftSeries {
  const drifted = windows.filter(({ report }) => report.isDrifted).map(({ label }) => label)
  return {
    format: 'mlpt.drift-series/1',
    windows,
    drifted,
    isDrifted: drifted.length > 0,
    warnings,
  }
}
