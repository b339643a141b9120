import type { ModelOutput } from '../../core/predictor.ts'

/** What is measured once labels have come, by what models give; scikit-learn's names. */
export const performanceMeasures = {
  probability: ['roc_auc', 'log_loss', 'brier_score', 'accuracy'],
  value: ['mean_absolute_error', 'root_mean_squared_error', 'r2', 'mean_poisson_deviance'],
  classes: ['log_loss', 'accuracy', 'balanced_accuracy', 'f1_macro', 'roc_auc_ovr'],
} as const satisfies Readonly<Record<ModelOutput['kind'], readonly string[]>>

/** Each once. */
export const allPerformanceMeasures: readonly string[] = [
  ...new Set(Object.values(performanceMeasures).flat()),
]
