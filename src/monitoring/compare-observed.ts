import { draftColumns, type ObservedPair } from './draft-columns.ts'
import { type DriftOptions, driftShareOf } from './drift-options.ts'
import type { ColumnDrift, DriftReport, SegmentDrift } from './drift-report.ts'
import { judgeColumns } from './judge-columns.ts'

/** The rows of one value of the column of segments, on both sides. */
export interface ObservedSegment extends ObservedPair {
  readonly value: string
}

/**
 * Compares the columns of two tables and of their segments. P-values are
 * adjusted over all checks of all columns; those of the segments over all segments.
 *
 * @throws {ToolkitError} `DATA_COLUMN_MISSING` when the options name a column that neither side has,
 *   `CONFIG_INVALID` for a method that is unknown or cannot compare a column it was asked for, and
 *   for a threshold or share out of range.
 */
export function compareObserved(
  pair: ObservedPair,
  options: DriftOptions,
  segments: readonly ObservedSegment[] = [],
): DriftReport {
  const { preset = 'mlpt' } = options
  const driftShare = driftShareOf(options)
  const isAdjusted = preset === 'mlpt'
  const columns = judgeColumns(draftColumns(pair, options), { isAdjusted, hasBins: true })
  const drifted = namesOfDrifted(columns)
  const driftedShare = shareOfDrifted(columns, options)
  const judgedSegments = judgeSegments(segments, options)
  const isSegmentDrifted = judgedSegments.some((segment) => segment.drifted.length > 0)
  return {
    preset,
    referenceRows: pair.reference.rows,
    currentRows: pair.current.rows,
    columns,
    drifted,
    driftedShare,
    driftShare,
    isDrifted:
      (driftedShare > 0 && driftedShare >= driftShare) || (driftShare === 0 && isSegmentDrifted),
    segments: judgedSegments,
    warnings: columns.flatMap(warnOfUntested),
  }
}

function judgeSegments(
  segments: readonly ObservedSegment[],
  options: DriftOptions,
): readonly SegmentDrift[] {
  const drafts = segments.map((segment) => draftColumns(segment, options))
  const isAdjusted = (options.preset ?? 'mlpt') === 'mlpt'
  const judged = judgeColumns(drafts.flat(), { isAdjusted, hasBins: false })
  let next = 0
  return segments.map(({ value, reference, current }, i) => {
    const columns = judged.slice(next, (next += drafts[i]!.length))
    return {
      value,
      referenceRows: reference.rows,
      currentRows: current.rows,
      columns,
      drifted: namesOfDrifted(columns),
    }
  })
}

/** Evidently leaves out columns that it cannot compare, also absent ones. */
function shareOfDrifted(columns: readonly ColumnDrift[], { preset }: DriftOptions): number {
  const judged = columns.filter(({ status, checks }) =>
    preset === 'evidently'
      ? status === 'compared' && checks.length > 0
      : status !== 'not-compared' || checks.length > 0,
  )
  const drifted = judged.filter((column) => column.isDrifted)
  return judged.length === 0 ? 0 : drifted.length / judged.length
}

/** A method that can tell nothing of these values leaves a column without an answer. */
function warnOfUntested({ name, status, kind, checks }: ColumnDrift): readonly string[] {
  if (status !== 'compared' || kind === 'time' || kind === 'text') return []
  if (checks.some(({ about }) => about === 'values')) return []
  return [`the values of '${name}' are not compared: the method can tell nothing of them`]
}

function namesOfDrifted(columns: readonly ColumnDrift[]): readonly string[] {
  return columns.filter((column) => column.isDrifted).map(({ name }) => name)
}
