/** The metrics that carry an interval and can decide a promotion, in the order tables show them. */
export const headlineMetrics = ['roc_auc', 'log_loss', 'brier_score'] as const
export type HeadlineMetric = (typeof headlineMetrics)[number]
