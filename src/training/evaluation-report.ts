import { ToolkitError } from '../core/errors.ts'
import type { Random } from '../core/random.ts'
import {
  accuracyScore,
  averagePrecisionScore,
  bootstrapIntervals,
  brierScoreLoss,
  expectedCalibrationError,
  f1Score,
  kolmogorovSmirnovScore,
  liftScore,
  logLoss,
  lowestCostThreshold,
  meanCost,
  precisionScore,
  recallScore,
  rocAucScore,
  type Costs,
  type Interval,
} from './metrics/index.ts'
import { reportFairness, type FairnessReport } from './fairness-report.ts'
import { listSlices, tooFew, whyWeightless, type Slice, type SliceColumn } from './slices.ts'
import { pickValues } from './splitting/pick-rows.ts'
import { meanOf } from '../math/mean.ts'

/** How a model is evaluated; params.yaml, section `evaluate`. */
export interface EvaluationOptions {
  readonly random: Random
  /** Bootstrap resamples of all rows. */
  readonly replicates: number
  /** Bootstrap resamples of each slice: there are many, and their intervals are wide anyhow. */
  readonly sliceReplicates: number
  /** Confidence of the intervals, between 0 and 1. */
  readonly level: number
  /** Rows from here upwards are called class 1. */
  readonly threshold: number
  /** Share of the rows with the highest probabilities that lift looks at. */
  readonly liftShare: number
  readonly costs: Costs
  readonly slices: readonly SliceColumn[]
  /** Slices of fewer rows are counted and not measured. */
  readonly minSliceRows: number
  /** How much each row counts; all alike when absent. Shape [rows]. */
  readonly weights?: Float64Array
}

/** A number with the ends of its bootstrap interval. */
export interface Measured {
  readonly value: number
  readonly lower: number
  readonly upper: number
}

/** Metrics by the names of metrics/<model>.json. */
export type MeasuredMetrics = Readonly<Record<string, Measured>>

/** One slice; it has either metrics or the reason why nothing was measured. */
export interface SliceReport {
  readonly column: string
  readonly slice: string
  readonly rows: number
  readonly metrics?: MeasuredMetrics
  readonly skipped?: string
}

/** Everything that is measured of one model on the test rows; the same model gives the same report. */
export interface EvaluationReport {
  readonly rows: number
  readonly positive_share: number
  readonly confidence_level: number
  readonly replicates: number
  readonly slice_replicates: number
  readonly threshold: number
  readonly lift_share: number
  readonly metrics: MeasuredMetrics
  /** Mean costs of a row; `lowest_threshold` is null when it is cheapest to call no row class 1. */
  readonly costs: {
    readonly false_positive: number
    readonly false_negative: number
    readonly at_threshold: number
    readonly lowest: number
    readonly lowest_threshold: number | null
  }
  readonly slices: readonly SliceReport[]
  /** By column; of the slices that were measured, when there are two. */
  readonly fairness: Readonly<Record<string, FairnessReport>>
}

/**
 * Measures probabilities against what happened: on all rows, on each slice, and between slices.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` when the target has one class, a probability is none or an option is wrong;
 *   `SHAPE_MISMATCH` when slices are of other rows
 */
export function reportEvaluation(
  target: Float64Array,
  probability: Float64Array,
  options: EvaluationOptions,
): EvaluationReport {
  const { threshold, costs, slices } = options
  checkSlices(slices, target.length)
  const { weights } = options
  const lowest = lowestCostThreshold(target, probability, { ...costs, weights })
  return {
    rows: target.length,
    positive_share: meanOf(target),
    confidence_level: options.level,
    replicates: options.replicates,
    slice_replicates: options.sliceReplicates,
    threshold,
    lift_share: options.liftShare,
    metrics: measure(target, probability, options),
    costs: {
      false_positive: costs.falsePositive,
      false_negative: costs.falseNegative,
      at_threshold: meanCost(target, probability, { ...costs, threshold, weights }),
      lowest: lowest.cost,
      lowest_threshold: lowest.threshold === Infinity ? null : lowest.threshold,
    },
    slices: listSlices(slices).map((slice) => measureSlice(slice, target, probability, options)),
    fairness: Object.fromEntries(
      slices.flatMap((column) => {
        const fairness = reportFairness(column, target, probability, options)
        return fairness === undefined ? [] : [[column.column, fairness]]
      }),
    ),
  }
}

/** @throws {ToolkitError} `SHAPE_MISMATCH` when slices are of other rows */
export function checkSlices(slices: readonly SliceColumn[], rows: number): void {
  for (const { column, codes } of slices) {
    if (codes.length === rows) continue
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `slices by '${column}' tell ${codes.length} rows apart, but ${rows} rows are measured`,
      { hint: "make the raw table and the features anew with 'mlpt run'" },
    )
  }
}

function measure(
  target: Float64Array,
  probability: Float64Array,
  options: EvaluationOptions,
): MeasuredMetrics {
  const { threshold, liftShare: share, weights } = options
  const intervals = bootstrapIntervals(target, probability, { ...options, share })
  const by = { weights }
  const at = { threshold, weights }
  const scores = {
    roc_auc: [rocAucScore(target, probability, by), intervals.rocAuc],
    log_loss: [logLoss(target, probability, by), intervals.logLoss],
    brier_score: [brierScoreLoss(target, probability, by), intervals.brier],
    average_precision: [averagePrecisionScore(target, probability, by), intervals.averagePrecision],
    accuracy: [accuracyScore(target, probability, at), intervals.accuracy],
    precision: [precisionScore(target, probability, at), intervals.precision],
    recall: [recallScore(target, probability, at), intervals.recall],
    f1: [f1Score(target, probability, at), intervals.f1],
    expected_calibration_error: [
      expectedCalibrationError(target, probability, by),
      intervals.expectedCalibrationError,
    ],
    ks_statistic: [kolmogorovSmirnovScore(target, probability, by), intervals.kolmogorovSmirnov],
    lift: [liftScore(target, probability, { share, weights }), intervals.lift],
  } as const
  return Object.fromEntries(
    Object.entries(scores).map(([name, [value, interval]]) => [name, measured(value, interval)]),
  )
}

function measured(value: number, [lower, upper]: Interval): Measured {
  return { value, lower, upper }
}

function measureSlice(
  { column, name: slice, rows }: Slice,
  allTargets: Float64Array,
  allProbabilities: Float64Array,
  options: EvaluationOptions,
): SliceReport {
  const target = pickValues(allTargets, rows)
  const report = { column, slice, rows: rows.length }
  const weights = options.weights && pickValues(options.weights, rows)
  const skipped =
    tooFew(target, options.minSliceRows) ?? whyWeightless({ weights, classes: target })
  if (skipped !== undefined) return { ...report, skipped }
  // A stream of its own, so that a slice that comes or goes moves no other's interval.
  const random = options.random.fork(slice)
  const replicates = options.sliceReplicates
  const probability = pickValues(allProbabilities, rows)
  return {
    ...report,
    metrics: measure(target, probability, {
      ...options,
      ...(weights && { weights }),
      random,
      replicates,
    }),
  }
}
