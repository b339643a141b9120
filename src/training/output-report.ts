import type { Matrix } from '../core/matrix.ts'
import type { OutputInterval } from '../core/predictor.ts'
import {
  checkSlices,
  type EvaluationOptions,
  type Measured,
  type MeasuredMetrics,
  type SliceReport,
} from './evaluation-report.ts'
import { compareSlices } from './compare-slices.ts'
import { type ClassMeasure, partByClass } from './metrics/class-averages.ts'
import { callClasses } from './metrics/class-metrics.ts'
import type { ValueSettings } from './metrics/value-metrics.ts'
import {
  type ClassCosts,
  leastCostClasses,
  meanClassCost,
  type WeightOptions,
} from './metrics/index.ts'
import { weightedMean } from './metrics/weighted-mean.ts'
import { measureWithIntervals } from './metrics/weighted-resamples.ts'
import { drawnRows, measureClasses, measureValues, type OutputMeasure } from './output-measure.ts'
import { refuseProblems } from './refuse-problems.ts'
import { listSlices, whyWeightless } from './slices.ts'
import { meanOf } from '../math/mean.ts'

/** What is measured of any model but one of a probability. */
interface MeasuredOutput {
  readonly rows: number
  readonly confidence_level: number
  readonly replicates: number
  readonly slice_replicates: number
  readonly metrics: MeasuredMetrics
  readonly slices: readonly SliceReport[]
  /** By column, of those with two measured slices or more. */
  readonly fairness: ReturnType<typeof compareSlices>
}

/** Everything that is measured of one model that gives numbers. */
export interface ValueReport extends MeasuredOutput {
  readonly output: 'value'
  /** Of the pinball loss. */
  readonly quantile: number
  /** Of the test rows. */
  readonly target_mean: number
  /** Of a model that gives one, with the share of the test rows that it covers. */
  readonly interval?: OutputInterval & { readonly covered: number }
}

/** Everything that is measured of one model of several classes. */
export interface ClassReport extends MeasuredOutput {
  readonly output: 'classes'
  readonly classes: readonly (string | number)[]
  /** Rows by their class, and by the class that is called, in the order of `classes`. */
  readonly confusion: readonly (readonly number[])[]
  /** Of wrong calls, where `evaluate.costs` names any. */
  readonly costs?: ClassCostReport
  /** Each class against the rest, in the order of `classes`. */
  readonly by_class: readonly ClassMeasures[]
}

/** Mean costs of a row, and what is called when each row is called the class that is expected to cost least. */
interface ClassCostReport {
  /** Of calling a row of one class another, shape [classes, classes]. */
  readonly of: ClassCosts
  /** When each row is called its most likely class. */
  readonly most_likely: number
  /** When each is called the class of the least expected cost: the metric `mean_cost`. */
  readonly least_expected: number
  /** As `confusion`, by the latter. */
  readonly confusion: readonly (readonly number[])[]
}

/** One class against the rest, by scikit-learn's names. */
interface ClassMeasures {
  readonly class: string | number
  /** Test rows of the class. */
  readonly rows: number
  readonly metrics: Readonly<Record<ClassMeasure, Measured>>
}

/** How numbers and classes are evaluated. */
export type OutputOptions = Pick<
  EvaluationOptions,
  'random' | 'replicates' | 'sliceReplicates' | 'level' | 'slices' | 'minSliceRows' | 'weights'
>

/**
 * Measures predicted numbers against what happened, on all rows and on each slice.
 *
 * @param target - shape [rows]
 * @param prediction - shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` naming bad rows, or for weights of nothing; `SHAPE_MISMATCH`
 */
export function reportValues(
  target: Float64Array,
  prediction: ArrayLike<number>,
  options: OutputOptions & ValueSettings & { readonly interval?: OutputInterval | undefined },
): ValueReport {
  const { quantile, weights, interval } = options
  checkTargets(target, weights, (value) => Number.isFinite(value))
  const measure = measureValues(target, prediction, options)
  return {
    output: 'value',
    quantile,
    target_mean: meanOf(target),
    ...reportMeasure(measure, target.length, options),
    ...(interval && {
      interval: {
        ...interval,
        covered: coveredShare(target, prediction, { ...interval, weights }),
      },
    }),
  }
}

/** What there is to know of classes. */
export interface ClassOptions {
  /** Their names. */
  readonly classes: readonly (string | number)[]
  /** Of wrong calls; none are measured when absent. Shape [classes, classes]. */
  readonly classCosts?: ClassCosts | undefined
}

/**
 * Measures probabilities of classes against what happened, on all rows and on each slice.
 *
 * @param target - numbers of classes from 0, shape [rows]
 * @param probabilities - shape [rows, classes]
 * @throws {ToolkitError} `TRAINING_INVALID` naming bad rows and classes without rows; `SHAPE_MISMATCH`
 */
export function reportClasses(
  target: Float64Array,
  probabilities: Matrix,
  options: OutputOptions & ClassOptions,
): ClassReport {
  const { classes, weights, classCosts } = options
  checkTargets(target, weights, (value) => value >= 0 && value < classes.length)
  checkClasses(target, weights, classes)
  const called = callClasses(probabilities)
  const confusion = countConfusion(target, called, classes.length)
  const settings = { hasAverages: true, costs: classCosts }
  const measure = measureClasses(target, probabilities, settings)
  const report = reportMeasure(measure, target.length, options)
  const part = (metrics: MeasuredMetrics) => partByClass(metrics, classes.length)
  const { whole: metrics, byClass } = part(report.metrics)
  return {
    output: 'classes',
    classes,
    confusion,
    ...(classCosts && {
      costs: reportCosts(target, probabilities, { costs: classCosts, called, weights }),
    }),
    ...report,
    metrics,
    by_class: classes.map((name, k) => ({
      class: name,
      rows: confusion[k]!.reduce((sum, count) => sum + count, 0),
      metrics: byClass[k]!,
    })),
    slices: report.slices.map(({ metrics: own, ...slice }) => ({
      ...slice,
      ...(own && { metrics: part(own).whole }),
    })),
  }
}

function countConfusion(target: Float64Array, called: Int32Array, classes: number): number[][] {
  const confusion = Array.from({ length: classes }, () => Array<number>(classes).fill(0))
  called.forEach((call, row) => (confusion[target[row]!]![call]! += 1))
  return confusion
}

function reportCosts(
  target: Float64Array,
  probabilities: Matrix,
  {
    costs,
    called,
    weights,
  }: { readonly costs: ClassCosts; readonly called: Int32Array } & WeightOptions,
): ClassCostReport {
  const decided = leastCostClasses(probabilities, costs)
  const ofCalls = Float64Array.from(called, (call, row) => costs[target[row]!]![call]!)
  return {
    of: costs,
    most_likely: weightedMean(ofCalls, weights),
    least_expected: meanClassCost(target, probabilities, { costs, weights }),
    confusion: countConfusion(target, decided, costs.length),
  }
}

function coveredShare(
  target: Float64Array,
  prediction: ArrayLike<number>,
  { radius, weights }: OutputInterval & WeightOptions,
): number {
  const isCovered = target.map((y, row) => Number(Math.abs(y - prediction[row]!) <= radius))
  return weightedMean(isCovered, weights)
}

function reportMeasure(
  measure: OutputMeasure,
  rows: number,
  options: OutputOptions,
): MeasuredOutput {
  const { random, level, slices, weights, replicates, sliceReplicates, minSliceRows } = options
  checkSlices(slices, rows)
  const all = Int32Array.from({ length: rows }, (_, row) => row)
  const drawnOf = (part: Int32Array) => drawnRows(measure, part, weights)
  const metrics = measureWithIntervals(measure.prepare(all), drawnOf(all), {
    random,
    replicates,
    level,
  })
  const measured = listSlices(slices).map(({ column, name: slice, rows: part }): SliceReport => {
    const drawn = drawnOf(part)
    const skipped = measure.whyNot(part, minSliceRows) ?? whyWeightless(drawn)
    if (skipped !== undefined) return { column, slice, rows: part.length, skipped }
    // A stream of its own, so that a slice that comes or goes moves no other's interval.
    const own = { random: random.fork(slice), replicates: sliceReplicates, level }
    return {
      column,
      slice,
      rows: part.length,
      metrics: measureWithIntervals(measure.prepare(part), drawn, own),
    }
  })
  return {
    rows,
    confidence_level: level,
    replicates,
    slice_replicates: sliceReplicates,
    metrics,
    slices: measured,
    fairness: compareSlices(measured),
  }
}

const targetHint =
  "mend the target of the raw table, or leave these rows out; 'mlpt validate' names them"

function checkTargets(
  target: Float64Array,
  weights: Float64Array | undefined,
  isAllowed: (value: number) => boolean,
): void {
  const problems = target.length === 0 ? ['there are no test rows'] : []
  target.forEach((value, row) => {
    if (!isAllowed(value)) {
      problems.push(
        `test row ${row}: the target is ${Number.isNaN(value) ? 'missing or no class of the project' : value}`,
      )
    }
  })
  weights?.forEach((weight, row) => {
    if (!(weight >= 0 && weight < Infinity))
      problems.push(`test row ${row}: the weight is ${weight}`)
  })
  refuseProblems(problems, targetHint)
  const weightless = whyWeightless({ weights })
  refuseProblems(weightless === undefined ? [] : [weightless], 'check the column of weights')
}

function checkClasses(
  target: Float64Array,
  weights: Float64Array | undefined,
  classes: readonly (string | number)[],
): void {
  const seen = new Set(target.filter((_, row) => weights === undefined || weights[row]! > 0))
  refuseProblems(
    classes.flatMap((name, k) => (seen.has(k) ? [] : [`no test row is of class '${name}'`])),
    'test on another fold or on fewer folds, or join the class with another one',
  )
}
