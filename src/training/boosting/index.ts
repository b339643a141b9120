export {
  fitBoosting,
  type BoostingData,
  type BoostingOptions,
  type BoostingProgress,
} from './fit-boosting.ts'
export { defaultBoostingParameters, type BoostingParameters } from './parameters.ts'
export { scoreTrees } from './predict.ts'
export { type BoostedTrees, type Tree } from './tree.ts'
