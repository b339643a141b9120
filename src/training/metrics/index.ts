export { accuracyScore } from './accuracy-score.ts'
export { averagePrecisionScore } from './average-precision-score.ts'
export { bootstrapIntervals } from './bootstrap-intervals.ts'
export { brierScoreLoss } from './brier-score-loss.ts'
export {
  calibrationCurve,
  type CalibrationBin,
  type CalibrationOptions,
} from './calibration-curve.ts'
export type { WeightOptions } from './check-weights.ts'
export type { ClassCosts } from '../../core/called-class.ts'
export { leastCostClasses, meanClassCost } from './class-costs.ts'
export { confusionCounts, type ConfusionCounts, type ThresholdOptions } from './confusion-counts.ts'
export { lowestCostThreshold, meanCost, type Costs } from './cost-threshold.ts'
export { delongClassTest } from './delong-class-test.ts'
export { delongTest, type DelongOptions, type DelongResult } from './delong-test.ts'
export { expectedCalibrationError } from './expected-calibration-error.ts'
export { f1Score } from './f1-score.ts'
export { fairnessIntervals, type FairnessMeasure } from './fairness-intervals.ts'
export { groupFairness, type GroupFairness, type GroupRates } from './group-fairness.ts'
export { kolmogorovSmirnovScore } from './kolmogorov-smirnov-score.ts'
export { liftScore, type LiftOptions } from './lift-score.ts'
export { logLoss } from './log-loss.ts'
export { meanAbsoluteError } from './mean-absolute-error.ts'
export { meanAbsolutePercentageError } from './mean-absolute-percentage-error.ts'
export { meanPinballLoss } from './mean-pinball-loss.ts'
export { meanPoissonDeviance } from './mean-poisson-deviance.ts'
export { multiclassLogLoss, type ClassProbabilities } from './multiclass-log-loss.ts'
export {
  pairedBootstrap,
  type PairedBootstrapOptions,
  type PairedComparison,
} from './paired-bootstrap.ts'
export { precisionRecallCurve, type PrecisionRecallCurve } from './precision-recall-curve.ts'
export { precisionScore } from './precision-score.ts'
export { r2Score } from './r2-score.ts'
export { recallScore } from './recall-score.ts'
export { type BootstrapOptions, type Interval } from './resample-rows.ts'
export { metricDirections, type MetricName, type MetricSettings } from './resampled-metric.ts'
export { rocAucScore } from './roc-auc-score.ts'
export { rocCurve, type RocCurve } from './roc-curve.ts'
export { rootMeanSquaredError } from './root-mean-squared-error.ts'
