import type { Predictor } from '../../../src/core/predictor.ts'
import { predictor } from '../serve-model.ts'

/** The hand-made model with another answer: always this. */
export function constant(probability: number, changes: Partial<Predictor> = {}): Predictor {
  const predict: Predictor['predict'] = ({ rows }) => new Float32Array(rows).fill(probability)
  return { ...predictor, digest: `${probability}`, predict, ...changes }
}
