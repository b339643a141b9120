import type { HeadlineMetric } from './headline-metrics.ts'
import type { SliceSpecs } from './slices.ts'

/** What can say whether the challenger's lead is more than luck; DeLong's test knows `roc_auc` and `roc_auc_ovr` alone. */
export const promotionTests = ['bootstrap', 'delong'] as const
export type PromotionTest = (typeof promotionTests)[number]

/** From which severity on data that fails its expectations or checks stops a promotion. */
export const dataQualityLimits = ['off', 'info', 'warning', 'critical'] as const
export type DataQualityLimit = (typeof dataQualityLimits)[number]

/** The worst that is wrong with the data, by its expectations and checks. */
export type DataQuality = 'sound' | Exclude<DataQualityLimit, 'off'>

/** A budget that nothing exceeds: what is not limited is not measured either. */
export const noBudget = 1e9

/** Costs of wrong calls: by the name of the class that is so, then by that of the class that is called. */
export type NamedClassCosts = Readonly<Record<string, Readonly<Record<string, number>>>>

/** How the gate decides; params.yaml, section `promote`. */
export interface PromotionPolicy {
  readonly metric: HeadlineMetric
  /** How much better than the champion the challenger must be on `metric`. */
  readonly minImprovement: number
  /** No model below this AUC is promoted, champion or not; of probabilities alone, as the next of numbers and of classes. */
  readonly minRocAuc?: number
  /** No model with a larger root mean squared error is promoted. */
  readonly maxRmse?: number
  /** No model below this R² is promoted. */
  readonly minR2?: number
  /** No model below this accuracy is promoted. */
  readonly minAccuracy?: number
  /** No model whose calls cost more on average is promoted. */
  readonly maxMeanCost?: number
  /** What wrong calls of classes cost, where that decides. */
  readonly costs?: NamedClassCosts
  readonly test: PromotionTest
  /** How likely a lead as large may be by luck; 1 for no test. */
  readonly maxPValue: number
  /**
   * How much worse than the champion on `metric` the challenger may be on a slice, of metrics in the unit of the target as a
   * share of the champion's; 1 for no limit.
   */
  readonly maxSliceRegression: number
  /** The slices that are compared. */
  readonly slices: SliceSpecs
  readonly minSliceRows: number
  /** Of the expected calibration error; 1 for no limit. */
  readonly maxCalibrationError: number
  /** Median microseconds of one prediction; {@link noBudget} for no limit. */
  readonly maxLatencyUs: number
  /** Of the ONNX file; {@link noBudget} for no limit. */
  readonly maxSizeBytes: number
  readonly dataQuality: DataQualityLimit
  /** Whether no model is promoted that is not better on `metric` than one without features. */
  readonly baseline: boolean
}

/** A policy of an earlier version, which knew fewer gates. */
export type StoredPolicy = Pick<PromotionPolicy, 'metric' | 'minImprovement'> &
  Partial<PromotionPolicy>

/** Gates that anything passes. */
const openGates = {
  test: 'bootstrap',
  maxPValue: 1,
  maxSliceRegression: 1,
  slices: {},
  minSliceRows: 100,
  maxCalibrationError: 1,
  maxLatencyUs: noBudget,
  maxSizeBytes: noBudget,
  dataQuality: 'off',
  baseline: false,
} as const

/** The policy with the gates that it does not know open, and without what then has no effect. */
export function completePolicy(policy: StoredPolicy): PromotionPolicy {
  const complete = { ...openGates, ...policy }
  const { test, slices, minSliceRows } = openGates
  return {
    ...complete,
    ...(complete.maxPValue === 1 && { test }),
    ...(complete.maxSliceRegression === 1 && { slices, minSliceRows }),
  }
}

/** Whether two policies decide alike. */
export function isSamePolicy(a: StoredPolicy, b: StoredPolicy): boolean {
  const write = (policy: StoredPolicy): string =>
    JSON.stringify(Object.entries(completePolicy(policy)).toSorted(([x], [y]) => (x < y ? -1 : 1)))
  return write(a) === write(b)
}
