import type { ModelOutput } from '../core/predictor.ts'

/** The metrics that carry an interval and can decide a promotion, by what models give, in the order tables show them. */
export const headlineMetrics = {
  probability: ['roc_auc', 'log_loss', 'brier_score'],
  value: ['rmse', 'mae', 'r2'],
  classes: ['log_loss', 'accuracy', 'roc_auc_ovr'],
} as const satisfies Readonly<Record<ModelOutput['kind'], readonly string[]>>

/** The headline metrics of one kind of output. */
export type HeadlineMetricOf<K extends ModelOutput['kind']> = (typeof headlineMetrics)[K][number]
/** Decides too, and carries an interval, of classes whose wrong calls have a cost. */
export const costMetric = 'mean_cost'

/** A metric that can decide a promotion. */
export type HeadlineMetric = HeadlineMetricOf<ModelOutput['kind']> | typeof costMetric

/** Each metric that can decide, once. */
export const allHeadlineMetrics: readonly HeadlineMetric[] = [
  ...new Set(Object.values(headlineMetrics).flat()),
  costMetric,
]

/** The metrics that can decide for what models give. @param hasCosts - whether wrong calls of classes have a cost */
export function decidingMetrics(
  kind: ModelOutput['kind'],
  hasCosts: boolean,
): readonly HeadlineMetric[] {
  return kind === 'classes' && hasCosts
    ? [...headlineMetrics.classes, costMetric]
    : headlineMetrics[kind]
}

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
  mean_cost: -1,
}

/** Metrics in a unit, of the target or of costs, of which a limit can only be a share. */
export const unitMetrics: readonly string[] = ['rmse', 'mae', costMetric]

/** The headline metrics of the kind of output whose metrics these are. */
export function headlineOf(metrics: Readonly<Record<string, number>>): readonly HeadlineMetric[] {
  const isThere = (name: string): boolean => Object.hasOwn(metrics, name)
  const lists: readonly (readonly HeadlineMetric[])[] = Object.values(headlineMetrics)
  const names = lists.find((list) => list.every(isThere)) ?? headlineMetrics.probability
  return isThere(costMetric) ? [...names, costMetric] : names
}
