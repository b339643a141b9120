import type { PromotionPolicy } from '../training/promotion-policy.ts'
import type { Parameters } from './parameters.ts'

/** The gates of params.yaml as the decision takes them. */
export function promotionPolicyOf({ promote, evaluate }: Parameters): PromotionPolicy {
  return {
    metric: promote.metric,
    minImprovement: promote.min_improvement,
    minRocAuc: promote.min_roc_auc,
    test: promote.test,
    maxPValue: promote.max_p_value,
    maxSliceRegression: promote.max_slice_regression,
    slices: evaluate.slices,
    minSliceRows: evaluate.min_slice_rows,
    maxCalibrationError: promote.max_calibration_error,
    maxLatencyUs: promote.max_latency_us,
    maxSizeBytes: promote.max_size_bytes,
    dataQuality: promote.data_quality,
  }
}
