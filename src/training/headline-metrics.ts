import type { ModelOutput } from '../core/predictor.ts'

/** The metrics that carry an interval and can decide a promotion, by what models give, in the order tables show them. */
export const headlineMetrics = {
  probability: ['roc_auc', 'log_loss', 'brier_score'],
  value: ['rmse', 'mae', 'r2'],
  classes: ['log_loss', 'accuracy', 'roc_auc_ovr'],
} as const satisfies Readonly<Record<ModelOutput['kind'], readonly string[]>>

/** The headline metrics of one kind of output. */
export type HeadlineMetricOf<K extends ModelOutput['kind']> = (typeof headlineMetrics)[K][number]
/** A metric that can decide a promotion. */
export type HeadlineMetric = HeadlineMetricOf<ModelOutput['kind']>

/** Each headline metric once. */
export const allHeadlineMetrics: readonly HeadlineMetric[] = [
  ...new Set(Object.values(headlineMetrics).flat()),
]

/** Which way is better: 1 where higher is, -1 where lower is. */
export const metricSigns: Readonly<Record<HeadlineMetric, 1 | -1>> = {
  roc_auc: 1,
  log_loss: -1,
  brier_score: -1,
  rmse: -1,
  mae: -1,
  r2: 1,
  accuracy: 1,
  roc_auc_ovr: 1,
}

/** Metrics in the unit of the target, of which a limit can only be a share. */
export const unitMetrics: readonly string[] = ['rmse', 'mae']

/** The headline metrics of the kind of output whose metrics these are. */
export function headlineOf(metrics: Readonly<Record<string, number>>): readonly HeadlineMetric[] {
  const lists = Object.values(headlineMetrics)
  return (
    lists.find((names) => names.every((name) => Object.hasOwn(metrics, name))) ??
    headlineMetrics.probability
  )
}
