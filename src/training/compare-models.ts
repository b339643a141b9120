import type { Random } from '../core/random.ts'
import type { HeadlineMetric } from './headline-metrics.ts'
import {
  brierScoreLoss,
  delongTest,
  logLoss,
  pairedBootstrap,
  rocAucScore,
} from './metrics/index.ts'
import type { PromotionTest } from './promotion-policy.ts'
import { listSlices, takeRows, tooFew, type SliceColumn } from './slices.ts'

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
  roc_auc: { bootstrap: 'rocAuc', score: rocAucScore, sign: 1 },
  log_loss: { bootstrap: 'logLoss', score: logLoss, sign: -1 },
  brier_score: { bootstrap: 'brier', score: brierScoreLoss, sign: -1 },
} as const

/** How two models are compared. */
export interface ComparisonOptions {
  readonly metric: HeadlineMetric
  readonly test: PromotionTest
  /** What the challenger must be better by, in the unit of the metric. */
  readonly minImprovement: number
  readonly random: Random
  readonly replicates: number
  readonly level: number
  readonly slices: readonly SliceColumn[]
  /** Slices of fewer rows, or of one class, are left out. */
  readonly minSliceRows: number
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
  const { test, minImprovement: margin } = options
  const metric = metrics[options.metric]
  const bootstrap = pairedBootstrap(target, champion, challenger, {
    metric: metric.bootstrap,
    margin,
    random: options.random,
    replicates: options.replicates,
    level: options.level,
  })
  const [low, high] = bootstrap.interval
  const pValue =
    test === 'delong'
      ? delongTest(target, champion, challenger, { margin }).pValueBetter
      : bootstrap.pValue
  return {
    improvement: metric.sign * bootstrap.difference,
    // A loss is better when it is smaller: turn the sign, so that positive is better.
    lower: metric.sign === 1 ? low : -high,
    upper: metric.sign === 1 ? high : -low,
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
  const { score, sign } = metrics[options.metric]
  return listSlices(options.slices).flatMap(({ column, name: slice, rows }) => {
    const target = takeRows(allTargets, rows)
    if (tooFew(target, options.minSliceRows) !== undefined) return []
    const before = score(target, takeRows(champion, rows))
    const after = score(target, takeRows(challenger, rows))
    const improvement = sign * (after - before)
    const numbers = { champion: before, challenger: after, improvement }
    return [{ column, slice, rows: rows.length, ...numbers }]
  })
}
