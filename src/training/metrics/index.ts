export { accuracyScore } from './accuracy-score.ts'
export { averagePrecisionScore } from './average-precision-score.ts'
export { bootstrapIntervals } from './bootstrap-intervals.ts'
export { brierScoreLoss } from './brier-score-loss.ts'
export {
  calibrationCurve,
  type CalibrationBin,
  type CalibrationOptions,
} from './calibration-curve.ts'
export { logLoss } from './log-loss.ts'
export {
  pairedBootstrap,
  type PairedBootstrapOptions,
  type PairedComparison,
} from './paired-bootstrap.ts'
export { precisionRecallCurve, type PrecisionRecallCurve } from './precision-recall-curve.ts'
export { type BootstrapOptions, type Interval } from './resample-rows.ts'
export { metricDirections, type MetricName } from './resampled-metric.ts'
export { rocAucScore } from './roc-auc-score.ts'
export { rocCurve, type RocCurve } from './roc-curve.ts'
