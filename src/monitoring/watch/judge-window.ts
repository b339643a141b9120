/** What one window says, out of what its columns and those of the reference hold. */

import type {
  MonitoredColumn,
  MonitoredPerformance,
  MonitoredSegment,
  MonitoredWindow,
} from '../../core/monitored-window.ts'
import type { InputFields } from '../../core/input-field.ts'
import type {
  ColumnDistribution,
  TableDistributions,
} from '../../data/profile/read-distributions.ts'
import { toComparable, tryCompare } from '../comparable.ts'
import { compareObserved, type ObservedSegment } from '../compare-observed.ts'
import { distributionsOf } from '../draft-check.ts'
import type { ColumnDrift } from '../drift-report.ts'
import { jensenshannon } from '../statistics/jensenshannon.ts'
import { correctedStabilityIndex, psi } from '../statistics/psi.ts'
import { judgeField } from './field-quality.ts'
import { nameClasses, type OutputColumn } from './output-columns.ts'

/** Both sides of a window. */
export interface WindowSides {
  /** The inputs of rows that the model knows. */
  readonly reference: TableDistributions
  /** The inputs of the window. */
  readonly current: TableDistributions
  /** What the model gives. */
  readonly outputs: readonly OutputColumn[]
  /** What it gives to rows it did not learn from, by the columns of the log; absent when nobody can tell. */
  readonly referenceScores?: TableDistributions
  /** What it gave: the outputs, and the score. */
  readonly scores: TableDistributions
  readonly segments: readonly ObservedSegment[]
  readonly fields: InputFields
}

/** What the window is, besides what is in it. */
export type WindowSubject = Pick<
  MonitoredWindow,
  'key' | 'model' | 'version' | 'size' | 'from' | 'to' | 'rows' | 'reference'
>

/** The drift of inputs is judged as `mlpt drift` does, that of the scores for itself. */
export function judgeWindow(
  subject: WindowSubject,
  sides: WindowSides,
  performance: MonitoredPerformance,
): MonitoredWindow {
  const { reference, current, segments, fields } = sides
  const report = compareObserved({ reference, current }, {}, segments)
  const [prediction, ...probabilities] = judgeScores(sides)
  const meanScore = meanOf(sides.scores.columns.get('score'))
  return {
    ...subject,
    state: 'judged',
    columns: report.columns.map((column) => ({
      ...describeColumn(column, {
        reference: reference.columns.get(column.name),
        current: current.columns.get(column.name),
      }),
      ...judgeField(fields[column.name], current.columns.get(column.name)),
    })),
    drifted: report.drifted,
    driftShare: report.driftedShare,
    ...(prediction !== undefined && { prediction }),
    ...(probabilities.length > 0 && { probabilities }),
    ...(meanScore !== undefined && { meanScore }),
    segments: report.segments.map(({ value, currentRows, columns, drifted }): MonitoredSegment => ({
      name: value,
      rows: currentRows,
      drifted,
      driftShare: columns.length === 0 ? 0 : drifted.length / columns.length,
      columns: columns.map(({ name, isDrifted, reasons, checks }) => {
        const distance = checks[0]?.effect?.value
        return { name, isDrifted, reasons, ...(distance !== undefined && { distance }) }
      }),
    })),
    performance,
  }
}

/** A window that has too few rows to say anything. */
export function createSmallWindow(
  subject: WindowSubject,
  performance: MonitoredPerformance,
): MonitoredWindow {
  return {
    ...subject,
    state: 'too-few-rows',
    columns: [],
    drifted: [],
    driftShare: 0,
    segments: [],
    performance,
  }
}

/** The outputs in their order; none when there is nothing to compare with. */
function judgeScores({
  outputs,
  referenceScores,
  scores,
}: WindowSides): readonly MonitoredColumn[] {
  if (referenceScores === undefined) return []
  const reference = pickOutputs(referenceScores, outputs)
  const current = pickOutputs(scores, outputs)
  const known = [...reference.columns.values()]
  if (known.length < outputs.length || known.some(({ distribution }) => distribution === undefined))
    return []
  const { columns } = compareObserved({ reference, current }, {})
  return columns.map((column, i) => {
    const sides = {
      reference: reference.columns.get(column.name),
      current: current.columns.get(column.name),
    }
    const described = describeColumn(column, sides)
    return Object.assign(described, judgeField(undefined, sides.current), {
      name: outputs[i]!.title,
    })
  })
}

/** The predicted class as a category. */
function pickOutputs(
  { rows, columns }: TableDistributions,
  outputs: readonly OutputColumn[],
): TableDistributions {
  const picked = outputs.flatMap((output) => {
    const column = columns.get(output.name)
    if (column === undefined) return []
    return [[output.name, nameClasses(output, column)] as const]
  })
  return { rows, columns: new Map(picked) }
}

interface Observed {
  readonly reference: ColumnDistribution | undefined
  readonly current: ColumnDistribution | undefined
}

type DriftOfColumn = Omit<
  MonitoredColumn,
  'missingShare' | 'outOfRangeShare' | 'unseenShare' | 'unfit'
>

function describeColumn(column: ColumnDrift, observed: Observed): DriftOfColumn {
  const { name, isDrifted, reasons, checks } = column
  const effect = checks.find(({ about }) => about === 'values')?.effect
  return {
    name,
    isDrifted,
    reasons,
    ...(effect !== undefined && {
      measure: effect.measure,
      distance: effect.value,
      threshold: effect.threshold,
    }),
    ...measureDistances(column, observed),
  }
}

function measureDistances(
  { kind, status }: ColumnDrift,
  { reference, current }: Observed,
): Pick<MonitoredColumn, 'psi' | 'jensenshannon'> {
  if (status !== 'compared' || reference === undefined || current === undefined) return {}
  const both = distributionsOf({ reference, current })
  if (both === undefined || (kind !== 'numerical' && kind !== 'categorical')) return {}
  const comparable = toComparable(psi, kind, both)
  const stability = tryCompare((a, b) => {
    const score = correctedStabilityIndex(a, b)
    return { score, statistic: score }
  }, comparable)
  const distance = tryCompare(jensenshannon.compare, toComparable(jensenshannon, kind, both))
  return {
    ...(stability !== undefined && { psi: stability.score }),
    ...(distance !== undefined && { jensenshannon: distance.score }),
  }
}

function meanOf(column: ColumnDistribution | undefined): number | undefined {
  const distribution = column?.distribution
  if (distribution?.kind !== 'numbers' || distribution.total === 0) return undefined
  let sum = 0
  for (const [i, value] of distribution.values.entries()) sum += value * distribution.counts[i]!
  return sum / distribution.total
}
