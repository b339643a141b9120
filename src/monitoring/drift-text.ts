/** A drift report for people. */

import type { ColumnDrift, DriftReport } from './drift.ts'

/** One line for each column, those that drifted marked, and a last line with the verdict; no final newline. */
export function renderDrift(report: DriftReport): string {
  const width = Math.max(...report.columns.map((column) => column.name.length), 0)
  const lines = report.columns.map((column) => renderColumn(column, width))
  return [...lines, renderVerdict(report)].join('\n')
}

function renderColumn(column: ColumnDrift, width: number): string {
  const mark = column.isDrifted ? 'DRIFT' : 'ok   '
  return `${mark} ${column.name.padEnd(width)}  ${renderFinding(column)}`
}

function renderFinding(column: ColumnDrift): string {
  switch (column.comparison) {
    case 'absent-in-current':
      return 'absent in the current data'
    case 'absent-in-reference':
      return 'absent in the reference'
    case 'type-changed':
      return 'numbers on one side, something else on the other'
    case 'deciles':
    case 'values':
    case 'missing': {
      const index = `psi ${column.index?.toFixed(4) ?? 'none  '}`
      return `${index}  ${renderMissing(column)}`
    }
  }
}

function renderMissing(column: ColumnDrift): string {
  const { referenceMissing: before = 0, currentMissing: after = 0, missingIndex } = column
  if (before === 0 && after === 0) return 'none missing'
  const psi = missingIndex === undefined ? '' : ` (psi ${missingIndex.toFixed(4)})`
  return `missing ${percent(before)} → ${percent(after)}${psi}`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function renderVerdict({
  drifted,
  columns,
  threshold,
  referenceRows,
  currentRows,
}: DriftReport): string {
  const rows = `${referenceRows} reference rows, ${currentRows} current rows, threshold ${threshold}`
  return drifted.length === 0
    ? `none of ${columns.length} columns drifted (${rows})`
    : `${drifted.length} of ${columns.length} columns drifted: ${drifted.join(', ')} (${rows})`
}
