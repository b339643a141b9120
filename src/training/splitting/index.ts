export {
  crossValidate,
  type CrossValidation,
  type CrossValidationOptions,
  type FoldScores,
  type Scores,
} from './cross-validate.ts'
export { groupKFold } from './group-k-fold.ts'
export { kFold } from './k-fold.ts'
export { type Split } from './split.ts'
export { type FoldOptions } from './split-options.ts'
export { stratifiedKFold } from './stratified-k-fold.ts'
export { timeSeriesSplit, type TimeSplitOptions } from './time-series-split.ts'
