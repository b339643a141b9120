import type { Random } from '../core/random.ts'
import {
  type HeadlineMetric,
  headlineMetrics,
  type HeadlineMetricOf,
  metricSigns,
} from './headline-metrics.ts'
import {
  brierScoreLoss,
  delongClassTest,
  delongTest,
  logLoss,
  pairedBootstrap,
  rocAucScore,
} from './metrics/index.ts'
import type { PromotionTest } from './promotion-policy.ts'
import { comparePaired, readMetric } from './metrics/weighted-resamples.ts'
import { drawnRows, type OutputMeasure } from './output-measure.ts'
import { listSlices, tooFew, whyWeightless, type SliceColumn } from './slices.ts'
import { pickValues } from './splitting/pick-rows.ts'

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
  /** By the other headline metrics, which decide nothing. */
  readonly others?: readonly MetricComparison[]
}

/** The challenger against the champion by one more metric, as `Comparison` has it of the one that decides. */
export interface MetricComparison {
  readonly metric: HeadlineMetric
  readonly improvement: number
  readonly lower: number
  readonly upper: number
  readonly shareBetter: number
  /** One-sided, by paired bootstrap: how likely so large a lead is when the challenger is not better. */
  readonly pValue: number
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
  const { test, minImprovement: margin, random, replicates, level, weights } = options
  const compareBy = (
    name: HeadlineMetricOf<'probability'>,
    drawn: { readonly random: Random; readonly margin: number },
  ): Omit<MetricComparison, 'metric'> => {
    const found = pairedBootstrap(target, champion, challenger, {
      metric: metrics[name].bootstrap,
      replicates,
      level,
      weights,
      ...drawn,
    })
    const sign = metricSigns[name]
    const [low, high] = found.interval
    return {
      improvement: sign * found.difference,
      // A loss is better when it is smaller: turn the sign, so that positive is better.
      lower: sign === 1 ? low : -high,
      upper: sign === 1 ? high : -low,
      shareBetter: found.shareBetter,
      pValue: found.pValue,
    }
  }
  const { pValue, ...lead } = compareBy(options.metric, { random, margin })
  return {
    ...lead,
    test,
    pValue:
      test === 'delong'
        ? delongTest(target, champion, challenger, { margin }).pValueBetter
        : pValue,
    slices: compareSlices(target, champion, challenger, options),
    others: headlineMetrics.probability
      .filter((name) => name !== options.metric)
      .map((metric) => ({
        metric,
        ...compareBy(metric, { random: random.fork(metric), margin: 0 }),
      })),
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
    const target = pickValues(allTargets, rows)
    const weights = options.weights && pickValues(options.weights, rows)
    const skipped =
      tooFew(target, options.minSliceRows) ?? whyWeightless({ weights, classes: target })
    if (skipped !== undefined) return []
    const before = score(target, pickValues(champion, rows), { weights })
    const after = score(target, pickValues(challenger, rows), { weights })
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
  options: ComparisonOptions<HeadlineMetric> & {
    /** The metrics that can decide, all of which are compared. */
    readonly headline: readonly HeadlineMetric[]
  },
): Comparison {
  const { metric, minImprovement: margin, random, replicates, level, test } = options
  const all = Int32Array.from({ length: rows }, (_, row) => row)
  const prepared = { before: champion.prepare(all), after: challenger.prepare(all) }
  const others = options.headline.filter((name) => name !== metric)
  const [lead, ...found] = comparePaired(prepared, drawnRows(challenger, all, options.weights), {
    random,
    replicates,
    level,
    metrics: [
      { name: metric, sign: metricSigns[metric], margin },
      ...others.map((name) => ({ name, sign: metricSigns[name], margin: 0 })),
    ],
  }).map(({ improvement, interval: [lower, upper], shareBetter, pValue }) => ({
    improvement,
    lower,
    upper,
    shareBetter,
    pValue,
  }))
  const { pValue, ...numbers } = lead!
  return {
    ...numbers,
    test,
    pValue: test === 'delong' ? delongOf({ champion, challenger }, margin) : pValue,
    slices: compareOutputSlices({ champion, challenger }, options),
    others: others.map((name, i) => ({ metric: name, ...found[i]! })),
  }
}

function compareOutputSlices(
  {
    champion,
    challenger,
  }: { readonly champion: OutputMeasure; readonly challenger: OutputMeasure },
  options: ComparisonOptions<HeadlineMetric>,
): SliceComparison[] {
  const { metric } = options
  return listSlices(options.slices).flatMap(({ column, name: slice, rows }) => {
    const own = drawnRows(challenger, rows, options.weights)
    const skipped = challenger.whyNot(rows, options.minSliceRows) ?? whyWeightless(own)
    if (skipped !== undefined) return []
    const weights = own.weights ?? new Float64Array(rows.length).fill(1)
    const before = readMetric(champion.prepare(rows)(weights), metric)
    const after = readMetric(challenger.prepare(rows)(weights), metric)
    const improvement = metricSigns[metric] * (after - before)
    return [{ column, slice, rows: rows.length, champion: before, challenger: after, improvement }]
  })
}

/** DeLong's test knows areas under ROC curves alone, which are of classes: whoever asks for it has checked that. */
function delongOf(
  models: { readonly champion: OutputMeasure; readonly challenger: OutputMeasure },
  margin: number,
): number {
  const [a, b] = [models.champion, models.challenger]
  const { classes, probabilities } = b
  if (classes === undefined || probabilities === undefined || a.probabilities === undefined) {
    return NaN
  }
  return delongClassTest(classes, a.probabilities, probabilities, { margin }).pValueBetter
}
