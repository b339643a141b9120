/** A drift report for people. */

import { formatShare, pluralize } from '../core/format-number.ts'
import { formatScores } from './drift-reasons.ts'
import type { ColumnDrift, DriftReport, SegmentDrift } from './drift-report.ts'
import type { DriftSeries } from './history/drift-series.ts'

/** One line for each column, those that drifted marked, and a last line with the verdict; no final newline. */
export function renderDrift(report: DriftReport): string {
  const width = Math.max(...report.columns.map((column) => column.name.length), 0)
  const lines = report.columns.map((column) => renderColumn(column, width))
  const warnings = report.warnings.map((warning) => `warning: ${warning}`)
  const segments = report.segments.map(renderSegment)
  return [...lines, ...segments, ...warnings, renderVerdict(report)].join('\n')
}

function renderSegment({ value, drifted, referenceRows, currentRows }: SegmentDrift): string {
  const mark = drifted.length > 0 ? 'DRIFT' : 'ok   '
  const rows = `${referenceRows} → ${currentRows} rows`
  return `${mark} segment '${value}' (${rows})${drifted.length > 0 ? `: ${drifted.join(', ')}` : ''}`
}

function renderColumn(column: ColumnDrift, width: number): string {
  const mark = column.isDrifted ? 'DRIFT' : 'ok   '
  const role = column.role === 'feature' ? '' : ` (${column.role})`
  return `${mark} ${column.name.padEnd(width)}${role}  ${renderFinding(column)}`
}

function renderFinding(column: ColumnDrift): string {
  if (column.isDrifted) return column.reasons.join('; ')
  const [first] = column.checks
  if (first === undefined) return 'not compared'
  const missing = column.current === undefined ? 0 : column.current.missing / column.current.rows
  const scores = `${first.about}: ${formatScores(first)}`
  return missing === 0 ? scores : `${scores}, missing ${formatShare(missing)}`
}

function renderVerdict({ drifted, columns, referenceRows, currentRows }: DriftReport): string {
  const rows = `${referenceRows} reference ${pluralize(referenceRows, 'row')}, ${currentRows} current ${pluralize(currentRows, 'row')}`
  return drifted.length === 0
    ? `none of ${columns.length} ${pluralize(columns.length, 'column')} drifted (${rows})`
    : `${drifted.length} of ${columns.length} ${pluralize(columns.length, 'column')} drifted: ${drifted.join(', ')} (${rows})`
}

/** A line for each window, then the last one in full; no final newline. */
export function renderSeries({ windows, drifted, warnings }: DriftSeries): string {
  const lines = windows.map(({ label, report }) => {
    const mark = report.isDrifted ? 'DRIFT' : 'ok   '
    const moved = report.drifted.length > 0 ? `: ${report.drifted.join(', ')}` : ''
    return `${mark} ${label} (${report.currentRows} ${pluralize(report.currentRows, 'row')})${moved}`
  })
  const latest = windows.at(-1)
  const verdict =
    drifted.length === 0
      ? `none of ${windows.length} windows drifted`
      : `${drifted.length} of ${windows.length} windows drifted`
  return [
    ...lines,
    ...warnings.map((warning) => `warning: ${warning}`),
    ...(latest === undefined ? [] : ['', `${latest.label}:`, renderDrift(latest.report)]),
    '',
    verdict,
  ].join('\n')
}
