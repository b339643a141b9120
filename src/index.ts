export type { Contributions } from './core/contributions.ts'
export { ToolkitError, formatError, type ErrorCode } from './core/errors.ts'
export type { Matrix } from './core/matrix.ts'
export { nearestName } from './core/nearest.ts'
export type { ModelOutput, Predictor } from './core/predictor.ts'
export { createRandom, type Random } from './core/random.ts'
export { defineSchema, type Field, type Fields, type Schema } from './core/schema.ts'
export type {
  Dataset,
  Experiment,
  LoggedModel,
  MetricPoint,
  ModelVersion,
  Page,
  Pairs,
  RegisteredModel,
  Run,
  RunStatus,
  Tracking,
} from './core/tracking.ts'
export type { Expectation, Severity, Suite } from './data/expectations/suite.ts'
export type { ExpectationResult, ValidationResult } from './data/expectations/validation-result.ts'
export { createSuite, type Expect } from './data/builder/create-suite.ts'
export * as feature from './data/expressions/build-expression.ts'
export { checkExpressions } from './data/expressions/check-expression.ts'
export { columnsOf } from './data/expressions/columns-of.ts'
export type { Expression } from './data/expressions/expression.ts'
export { toFunction, type Row } from './data/expressions/to-function.ts'
export { toOnnx } from './data/expressions/to-onnx.ts'
export { toSql } from './data/expressions/to-sql.ts'
export {
  appendFeatures,
  compactFeatures,
  joinFeatures,
  materializeFeatures,
  summarizeFeatures,
  type ViewSummary,
} from './data/feature-store/feature-store-file.ts'
export {
  defineFeatureView,
  type ExpectationPolicy,
  type FeatureView,
  type ViewExpectations,
} from './data/feature-store/feature-view.ts'
export {
  readOnlineFeatures,
  type FeatureStatus,
  type OnlineFeatures,
} from './data/feature-store/materialize-store.ts'
export type { Materialized } from './data/feature-store/online-stage-store.ts'
export { openOnlineStore, type OnlineStore } from './data/feature-store/online-store.ts'
export type { JoinOptions, WantedView } from './data/feature-store/point-in-time-join.ts'
export type { SpreadFacts } from './data/feature-store/spread-facts.ts'
export type { TrainingSet } from './data/feature-store/training-set-file.ts'
export type { ViewChange } from './data/feature-store/view-store.ts'
export {
  diffSuites,
  type ChangedExpectation,
  type SuiteDiff,
} from './data/expectations/diff-suites.ts'
export { parseSuite } from './data/expectations/parse-suite.ts'
export { formatSuite } from './data/expectations/write-suite.ts'
export { inferSuite } from './data/inference/infer-suite.ts'
export type { Strictness } from './data/inference/strictness.ts'
export type { SuitePart } from './data/inference/suite-parts.ts'
export { mergeProfiles } from './data/profile/merge-profiles.ts'
export { profileFile, type ProfileFileOptions } from './data/profile/profile-table-file.ts'
export type { ColumnProfile, Profile } from './data/profile/profile.ts'
export { describeNonCsv } from './data/sniff.ts'
export { validateFile, type ValidateFileOptions } from './data/validate-table-file.ts'
export { compareFiles } from './monitoring/drift-file.ts'
export { compareSeries, type SeriesSource } from './monitoring/history/drift-series-file.ts'
export type { DriftSeries, DriftWindow } from './monitoring/history/drift-series.ts'
export type { WindowSpec } from './monitoring/windows-store.ts'
export type { DriftOptions } from './monitoring/drift-options.ts'
export type { ColumnDrift, DriftCheck, DriftReport } from './monitoring/drift-report.ts'
export { adjustPValues } from './monitoring/statistics/adjust-p-values.ts'
export type { StatisticName } from './monitoring/statistics/catalogue.ts'
export { compareSamples, type SampleComparison } from './monitoring/statistics/compare-samples.ts'
export { openPredictor } from './model/index.ts'
export {
  defineProject,
  parseParameters,
  type Parameters,
  type Project,
  type ProjectFeatures,
  type ProjectServing,
  type ServingPolicy,
} from './project/index.ts'
export {
  defaultBoostingParameters,
  fitBoosting,
  predictTrees,
  scoreTrees,
  type BoostedTrees,
  type BoostingData,
  type BoostingOptions,
  type BoostingParameters,
  type BoostingProgress,
  type ObjectiveName,
  type ValidationRows,
} from './training/boosting/index.ts'
export {
  applyCalibration,
  applyClassCalibration,
  fitIsotonic,
  fitOneVsRest,
  fitPlatt,
  fitTemperature,
  type Calibration,
  type ClassCalibration,
  type IsotonicCalibration,
  type OneVsRestCalibration,
  type PlattCalibration,
  type TemperatureScaling,
} from './training/calibration/index.ts'
export * from './training/conformal/index.ts'
export { explainTrees } from './training/explain/explain-trees.ts'
export {
  dependenceGrid,
  partialDependence,
  type PartialDependence,
  type PartialDependenceOptions,
} from './training/explain/partial-dependence.ts'
export {
  permutationImportance,
  type ColumnImportance,
  type PermutationOptions,
} from './training/explain/permutation-importance.ts'
export { sampleContributions, type SampleOptions } from './training/explain/sample-contributions.ts'
export {
  fitLinear,
  fitLogistic,
  fitSoftmax,
  scoreLinear,
  scoreLogistic,
  type Design,
  type LinearFit,
  type LinearOptions,
  type LinearProgress,
  type SparseRows,
  type SoftmaxFit,
  type SoftmaxOptions,
} from './training/linear/index.ts'
export * from './training/metrics/index.ts'
export { fitTransforms, type FittedTransforms } from './training/transforms/fit-transforms.ts'
export type { TargetRows } from './training/transforms/fit-target-mean.ts'
export type { Transform } from './training/transforms/transform.ts'
export * from './training/splitting/index.ts'
export type { Dimension, TrialValue } from './training/tune/dimension.ts'
export type { HalvingSettings } from './training/tune/halving-rungs.ts'
export { proposeValues, type PastTrial } from './training/tune/propose-values.ts'
export { drawValues, type SearchSpace, type TrialValues } from './training/tune/search-space.ts'
export {
  planEvaluations,
  rankOutcomes,
  type TrialEvaluation,
  type TrialOutcome,
  type StudySettings,
} from './training/tune/study.ts'
export {
  defaultNeuralParameters,
  fitNeural,
  scoreNeural,
  type NeuralData,
  type NeuralModel,
  type NeuralOptions,
  type NeuralParameters,
  type NeuralProgress,
} from './training/neural/index.ts'
export { searchRuns, type RunQuery } from './tracking/client/find-runs.ts'
export {
  downloadModel,
  findModel,
  loadModel,
  type LoadedModel,
  type ModelPlace,
} from './tracking/client/load-model.ts'
export type { LogModelResult, NewLoggedModel } from './tracking/client/log-model.ts'
export {
  openTracking,
  type Environment,
  type OpenedTracking,
  type OpenTrackingOptions,
} from './tracking/client/open-tracking.ts'
export { registerModel, setAlias, type Registration } from './tracking/client/register-model.ts'
export {
  openTrackingClient,
  type TrackingClient,
  type TrackingClientOptions,
} from './tracking/client/rest-client.ts'
export type { RunLogger } from './tracking/client/run-logger.ts'
export { flattenParams, type MetricOptions, type ParamTree } from './tracking/client/run-values.ts'
export { sendSpools, type SentSpool } from './tracking/client/send-spools.ts'
export {
  startRun,
  withRun,
  type LoggingTracker,
  type StartRunOptions,
} from './tracking/client/start-run.ts'
