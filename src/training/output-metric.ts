import type { ModelOutput } from '../core/predictor.ts'
import { costMetric, headlineMetrics, metricSigns } from './headline-metrics.ts'
import { prepareClassMetrics } from './metrics/class-metrics.ts'
import {
  averagePrecisionScore,
  brierScoreLoss,
  type ClassCosts,
  logLoss,
  meanClassCost,
  rocAucScore,
  type WeightOptions,
} from './metrics/index.ts'
import { prepareValueMetrics } from './metrics/value-metrics.ts'

/** The metrics that a model can be looked for by, by what it gives. */
export const outputMetrics = {
  probability: [...headlineMetrics.probability, 'average_precision'],
  value: [...headlineMetrics.value, 'pinball_loss'],
  classes: [...headlineMetrics.classes, 'balanced_accuracy', 'f1_macro', costMetric],
} as const satisfies Readonly<Record<ModelOutput['kind'], readonly string[]>>

/** One of {@link outputMetrics}. */
export type OutputMetric = (typeof outputMetrics)[ModelOutput['kind']][number]

/** Each metric once. */
export const allOutputMetrics: readonly OutputMetric[] = [
  ...new Set(Object.values(outputMetrics).flat()),
]

const signs: Readonly<Record<OutputMetric, 1 | -1>> = {
  ...metricSigns,
  average_precision: 1,
  pinball_loss: -1,
  balanced_accuracy: 1,
  f1_macro: 1,
}

/** Whether less of it is better. */
export function isLoss(metric: OutputMetric): boolean {
  return signs[metric] === -1
}

/** What was true of some rows, and what a model gave for them. */
export interface MeasuredRows extends WeightOptions {
  readonly output: ModelOutput
  /** Shape [rows]; of classes their numbers from 0. */
  readonly y: Float64Array
  /** As `predict` of a model gives it, shape [rows] or [rows, classes]. */
  readonly given: Float32Array | Float64Array
  /** Of the pinball loss. Default 0.5. */
  readonly quantile?: number
  /** Of wrong calls of classes; where it is absent there is no `mean_cost`. */
  readonly costs?: ClassCosts | undefined
}

/**
 * One metric of what a model gives, one of those of its output.
 *
 * @returns NaN where the rows do not tell it
 * @throws {ToolkitError} as the metric
 */
export function measureOutput(metric: OutputMetric, rows: MeasuredRows): number {
  const { output, y, given, weights, quantile = 0.5, costs } = rows
  if (output.kind === 'probability') {
    return probabilityMetrics[metric]?.(y, given, { weights }) ?? NaN
  }
  if (metric === costMetric && output.kind === 'classes') {
    return costs === undefined
      ? NaN
      : meanClassCost(y, asMatrix(given, output.classes.length), { costs, weights })
  }
  const counts = weights === undefined ? new Float64Array(y.length).fill(1) : toCounts(weights)
  const metrics: Readonly<Record<string, number>> =
    output.kind === 'value'
      ? { ...prepareValueMetrics(y, given, { quantile })(counts) }
      : { ...prepareClassMetrics(y, asMatrix(given, output.classes.length))(counts) }
  return metrics[metric] ?? NaN
}

const probabilityMetrics: Readonly<
  Partial<Record<OutputMetric, (y: Float64Array, given: Given, options: WeightOptions) => number>>
> = {
  roc_auc: rocAucScore,
  average_precision: averagePrecisionScore,
  log_loss: logLoss,
  brier_score: brierScoreLoss,
}

type Given = MeasuredRows['given']

function toCounts(weights: ArrayLike<number>): Float64Array {
  return weights instanceof Float64Array ? weights : Float64Array.from(weights)
}

/** As float32, of which the probabilities of a row add up to 1 less exactly. */
function asMatrix(given: Given, columns: number) {
  return { rows: given.length / columns, columns, values: Float32Array.from(given) }
}
