export { type CoverageOptions } from './coverage-rank.ts'
export {
  fitPredictionSets,
  type PredictionSetMethod,
  type PredictionSetOptions,
  type PredictionSets,
  predictSets,
} from './prediction-sets.ts'
export {
  fitQuantileInterval,
  type PredictedQuantiles,
  predictQuantileInterval,
  type QuantileInterval,
} from './quantile-interval.ts'
export {
  fitResidualInterval,
  type Intervals,
  predictResidualInterval,
  type ResidualInterval,
  type ScaledPredictions,
} from './residual-interval.ts'
