import type { Random } from '../core/random.ts'
import { effectiveRows } from './effective-rows.ts'
import {
  fairnessIntervals,
  groupFairness,
  type FairnessMeasure,
  type GroupFairness,
  type Interval,
} from './metrics/index.ts'
import { listSlices, tooFew, whyWeightless, type SliceColumn } from './slices.ts'
import { pickValues } from './splitting/pick-rows.ts'

/** {@link GroupFairness} in the names of JSON files, with `intervals` by name. */
export type FairnessReport = Readonly<Record<string, unknown>>

interface FairnessOptions {
  readonly random: Random
  readonly sliceReplicates: number
  readonly level: number
  readonly threshold: number
  readonly minSliceRows: number
  /** Shape [rows]; all alike when absent. */
  readonly weights?: Float64Array
}

/**
 * Compares the slices of a column that have enough rows; undefined when there are not two.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 */
export function reportFairness(
  column: SliceColumn,
  target: Float64Array,
  probability: Float64Array,
  options: FairnessOptions,
): FairnessReport | undefined {
  const { minSliceRows, threshold } = options
  const weightsOf = (of: ArrayLike<number>): Float64Array | undefined =>
    options.weights && pickValues(options.weights, of)
  const kept = listSlices([column]).filter((slice) => {
    const classes = pickValues(target, slice.rows)
    const skipped =
      tooFew(classes, minSliceRows) ?? whyWeightless({ weights: weightsOf(slice.rows), classes })
    return skipped === undefined
  })
  if (kept.length < 2) return undefined
  const rows = kept.flatMap((slice) => [...slice.rows])
  const labels = rows.map((row) => target[row]!)
  const probabilities = rows.map((row) => probability[row]!)
  const groups = kept.flatMap(({ name, rows: { length } }) => Array.from({ length }, () => name))
  const by = { threshold, weights: weightsOf(rows) }
  const intervals = fairnessIntervals(labels, probabilities, groups, {
    ...by,
    random: options.random.fork(column.column),
    replicates: options.sliceReplicates,
    level: options.level,
  })
  const effective = kept.map((slice) => {
    const weights = weightsOf(slice.rows)
    return weights && { effective_rows: effectiveRows(weights.length, weights) }
  })
  return toReport(groupFairness(labels, probabilities, groups, by), intervals, effective)
}

const reportNames = {
  demographicParityDifference: 'demographic_parity_difference',
  demographicParityRatio: 'demographic_parity_ratio',
  equalizedOddsDifference: 'equalized_odds_difference',
  equalizedOddsRatio: 'equalized_odds_ratio',
  equalOpportunityDifference: 'equal_opportunity_difference',
  equalOpportunityRatio: 'equal_opportunity_ratio',
  predictiveParityDifference: 'predictive_parity_difference',
  calibrationDifference: 'calibration_difference',
} as const satisfies Record<FairnessMeasure, string>

function toReport(
  fairness: GroupFairness,
  intervals: Readonly<Record<FairnessMeasure, Interval>>,
  effective: readonly (object | undefined)[],
): FairnessReport {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys of a constant are what its type says
  const measures = Object.keys(reportNames) as FairnessMeasure[]
  const named = <T>(valueOf: (name: FairnessMeasure) => T): Record<string, T> =>
    Object.fromEntries(measures.map((name) => [reportNames[name], valueOf(name)]))
  return {
    ...named((name) => fairness[name]),
    intervals: named((name) => intervals[name]),
    groups: fairness.groups.map((group, i) => ({
      group: group.group,
      rows: group.rows,
      ...effective[i],
      selection_rate: group.selectionRate,
      true_positive_rate: group.truePositiveRate,
      false_positive_rate: group.falsePositiveRate,
      precision: group.precision,
      positive_share: group.positiveShare,
      mean_probability: group.meanProbability,
      expected_calibration_error: group.expectedCalibrationError,
    })),
  }
}
