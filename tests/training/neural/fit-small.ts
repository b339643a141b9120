import { createRandom } from '../../../src/core/random.ts'
import {
  fitNeural,
  type NeuralData,
  type NeuralOptions,
  type NeuralParameters,
} from '../../../src/training/neural/index.ts'

/** A network that is fitted in a moment. */
const small: Partial<NeuralParameters> = {
  hiddenUnits: [24, 12],
  batchSize: 64,
  learningRate: 0.01,
  maxEpochs: 30,
}

/** Fits a small network, the same each time. */
export function fit(
  data: NeuralData,
  parameters: Partial<NeuralParameters> = {},
  options: Partial<NeuralOptions> = {},
): ReturnType<typeof fitNeural> {
  return fitNeural(data, { ...small, ...parameters }, { random: createRandom(1), ...options })
}
