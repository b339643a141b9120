export { type NeuralData, type NeuralInput } from './check-neural-fit.ts'
export type { CategoryInput, NeuralEncoding, NumberInput } from './encoding.ts'
export { fitNeural, type NeuralOptions, type NeuralProgress } from './fit-neural.ts'
export type { DenseLayer, NeuralModel } from './neural-model.ts'
export {
  defaultNeuralParameters,
  type NeuralObjective,
  type NeuralParameters,
} from './parameters.ts'
export { scoreNeural } from './score-neural.ts'
