import type { ModelOutput } from '../../core/predictor.ts'
import { costMetric } from '../../training/headline-metrics.ts'
import { noBudget, type PromotionPolicy } from '../../training/promotion-policy.ts'
import { completeClassCosts } from '../parameters/class-costs.ts'
import type { Parameters } from '../parameters/parameters.ts'

/** The gates of params.yaml as the decision takes them, those of the output's metrics alone. */
export function promotionPolicyOf(
  { promote, evaluate }: Parameters,
  output: ModelOutput,
): PromotionPolicy {
  const { kind } = output
  const isLimited = kind === 'classes' && promote.max_mean_cost < noBudget
  return {
    metric: promote.metric,
    minImprovement: promote.min_improvement,
    ...(kind === 'probability' && { minRocAuc: promote.min_roc_auc }),
    ...(kind === 'value' && promote.max_rmse < noBudget && { maxRmse: promote.max_rmse }),
    ...(kind === 'value' && promote.min_r2 > -noBudget && { minR2: promote.min_r2 }),
    ...(kind === 'classes' && promote.min_accuracy > 0 && { minAccuracy: promote.min_accuracy }),
    ...(isLimited && { maxMeanCost: promote.max_mean_cost }),
    ...((isLimited || promote.metric === costMetric) && {
      costs: completeClassCosts(evaluate.costs, output),
    }),
    test: promote.test,
    maxPValue: promote.max_p_value,
    maxSliceRegression: promote.max_slice_regression,
    slices: evaluate.slices,
    minSliceRows: evaluate.min_slice_rows,
    maxCalibrationError: promote.max_calibration_error,
    maxLatencyUs: promote.max_latency_us,
    maxSizeBytes: promote.max_size_bytes,
    dataQuality: promote.data_quality,
    baseline: promote.baseline,
  }
}
