export { ToolkitError, formatError, type ErrorCode } from './core/errors.ts'
export type { Matrix } from './core/matrix.ts'
export { nearestName } from './core/nearest.ts'
export type { Predictor } from './core/predictor.ts'
export { createRandom, type Random } from './core/random.ts'
export { defineSchema, type Field, type Fields, type Schema } from './core/schema.ts'
export { describeNonCsv } from './data/sniff.ts'
export { populationStabilityIndex } from './monitoring/psi.ts'
export { openPredictor } from './model/index.ts'
export { defineProject, parseParameters, type Parameters, type Project } from './project/index.ts'
export {
  defaultBoostingParameters,
  fitBoosting,
  scoreTrees,
  type BoostedTrees,
  type BoostingOptions,
  type BoostingParameters,
} from './training/boosting/index.ts'
export {
  fitLogistic,
  scoreLogistic,
  type LogisticFit,
  type LogisticOptions,
} from './training/linear/index.ts'
export * from './training/metrics/index.ts'
