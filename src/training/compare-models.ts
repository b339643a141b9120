import type { Random } from '../core/random.ts'
import { type HeadlineMetric, type HeadlineMetricOf, metricSigns } from './headline-metrics.ts'
import {
  brierScoreLoss,
  delongTest,
  logLoss,
  pairedBootstrap,
  rocAucScore,
} from './metrics/index.ts'
import type { PromotionTest } from './promotion-policy.ts'
import { comparePaired, type SampledMetrics } from './metrics/weighted-resamples.ts'
import { drawnRows, type OutputMeasure } from './output-measure.ts'
import { listSlices, takeRows, tooFew, whyWeightless, type SliceColumn } from './slices.ts'

/** The challenger against the champion on the same rows. */
export interface Comparison {
  /** Challenger minus champion, signed so that positive is better. */
  readonly improvement: number
  /** Ends of the bootstrap interval of the improvement. */
  readonly lower: number
  readonly upper: number
  /** Share of bootstrap resamples in which the challenger is better. */
  readonly shareBetter: number
  /** Absent from verdicts of earlier versions, like all that follows. */
  readonly test?: PromotionTest
  /** One-sided: how likely so large a lead is when the challenger is not better by more than the minimal improvement. */
  readonly pValue?: number
  readonly slices?: readonly SliceComparison[]
}

/** Both models on the rows of one slice, by the metric that decides. */
export interface SliceComparison {
  readonly column: string
  readonly slice: string
  readonly rows: number
  readonly champion: number
  readonly challenger: number
  /** Signed so that positive is better. */
  readonly improvement: number
}

const metrics = {
  roc_auc: { bootstrap: 'rocAuc', score: rocAucScore },
  log_loss: { bootstrap: 'logLoss', score: logLoss },
  brier_score: { bootstrap: 'brier', score: brierScoreLoss },
} as const

/** How two models are compared. */
export interface ComparisonOptions<M extends HeadlineMetric = HeadlineMetricOf<'probability'>> {
  readonly metric: M
  readonly test: PromotionTest
  /** What the challenger must be better by, in the unit of the metric. */
  readonly minImprovement: number
  readonly random: Random
  readonly replicates: number
  readonly level: number
  readonly slices: readonly SliceColumn[]
  /** Slices of fewer rows, or of one class, are left out. */
  readonly minSliceRows: number
  /** How much each row counts; all alike when absent. Shape [rows]. */
  readonly weights?: Float64Array
}

/**
 * Compares two models on the same rows, as a whole and by slices.
 *
 * @param target - 0 or 1, shape [rows]
 * @param champion - probabilities of class 1, shape [rows]
 * @param challenger - as `champion`
 * @throws {ToolkitError} as `pairedBootstrap` and `delongTest`
 */
export function compareModels(
  target: Float64Array,
  champion: Float64Array,
  challenger: Float64Array,
  options: ComparisonOptions,
): Comparison {
  const { test, minImprovement: margin, weights } = options
  const metric = metrics[options.metric]
  const sign = metricSigns[options.metric]
  const bootstrap = pairedBootstrap(target, champion, challenger, {
    metric: metric.bootstrap,
    margin,
    random: options.random,
    replicates: options.replicates,
    level: options.level,
    weights,
  })
  const [low, high] = bootstrap.interval
  const pValue =
    test === 'delong'
      ? delongTest(target, champion, challenger, { margin }).pValueBetter
      : bootstrap.pValue
  return {
    improvement: sign * bootstrap.difference,
    // A loss is better when it is smaller: turn the sign, so that positive is better.
    lower: sign === 1 ? low : -high,
    upper: sign === 1 ? high : -low,
    shareBetter: bootstrap.shareBetter,
    test,
    pValue,
    slices: compareSlices(target, champion, challenger, options),
  }
}

function compareSlices(
  allTargets: Float64Array,
  champion: Float64Array,
  challenger: Float64Array,
  options: ComparisonOptions,
): SliceComparison[] {
  const { score } = metrics[options.metric]
  const sign = metricSigns[options.metric]
  return listSlices(options.slices).flatMap(({ column, name: slice, rows }) => {
    const target = takeRows(allTargets, rows)
    const weights = options.weights && takeRows(options.weights, rows)
    const skipped =
      tooFew(target, options.minSliceRows) ?? whyWeightless({ weights, classes: target })
    if (skipped !== undefined) return []
    const before = score(target, takeRows(champion, rows), { weights })
    const after = score(target, takeRows(challenger, rows), { weights })
    const improvement = sign * (after - before)
    const numbers = { champion: before, challenger: after, improvement }
    return [{ column, slice, rows: rows.length, ...numbers }]
  })
}

/**
 * Compares two models of numbers or of classes on the same rows, as `compareModels` does of probabilities.
 *
 * @param rows - how many were predicted
 * @throws {ToolkitError} `TRAINING_INVALID` naming each bad option
 */
export function compareOutputs(
  {
    champion,
    challenger,
  }: { readonly champion: OutputMeasure; readonly challenger: OutputMeasure },
  rows: number,
  options: ComparisonOptions<HeadlineMetric>,
): Comparison {
  const { metric, minImprovement: margin, random, replicates, level } = options
  const sign = metricSigns[metric]
  const metricOf =
    (metricsOf: SampledMetrics) =>
    (counts: Float64Array): number =>
      readMetric(metricsOf(counts), metric)
  const prepare = (part: Int32Array) => ({
    drawn: drawnRows(challenger, part, options.weights),
    before: metricOf(champion.prepare(part)),
    after: metricOf(challenger.prepare(part)),
  })
  const { drawn, ...models } = prepare(Int32Array.from({ length: rows }, (_, row) => row))
  const found = comparePaired(models, drawn, { random, replicates, level, sign, margin })
  const slices = listSlices(options.slices).flatMap(({ column, name: slice, rows: part }) => {
    const own = drawnRows(challenger, part, options.weights)
    const skipped = challenger.whyNot(part, options.minSliceRows) ?? whyWeightless(own)
    if (skipped !== undefined) return []
    const weights = own.weights ?? new Float64Array(part.length).fill(1)
    const { before, after } = prepare(part)
    const numbers = { champion: before(weights), challenger: after(weights) }
    const improvement = sign * (numbers.challenger - numbers.champion)
    return [{ column, slice, rows: part.length, ...numbers, improvement }]
  })
  return {
    improvement: found.improvement,
    lower: found.interval[0],
    upper: found.interval[1],
    shareBetter: found.shareBetter,
    test: 'bootstrap',
    pValue: found.pValue,
    slices,
  }
}

function readMetric(sampled: object, name: HeadlineMetric): number {
  const value: unknown = Reflect.get(sampled, name)
  return typeof value === 'number' ? value : NaN
}
