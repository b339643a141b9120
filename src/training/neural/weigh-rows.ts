import type { NeuralData } from './check-neural-fit.ts'
import { pickRows, pickValues } from '../splitting/pick-rows.ts'

/**
 * The rows that weigh something, without their weights where these are equal: rows of weight 0 move neither encodings, nor what
 * is drawn, nor what is held back, and a fit with equal weights has the bytes of one without any.
 */
export function simplifyWeights(data: NeuralData): NeuralData {
  const { x, y, weights: given } = data
  if (given === undefined) return data
  const kept = Int32Array.from(given.keys()).filter((row) => given[row]! > 0)
  const weights = pickValues(given, kept)
  return {
    inputs: data.inputs,
    x: pickRows(x, kept),
    y: pickValues(y, kept),
    ...(weights.some((weight) => weight !== weights[0]) && { weights }),
  }
}

/** Weights over the mean weight of the training rows: all of them together weigh as much as there are rows. */
export function weighRows(
  weights: Float64Array | undefined,
  training: Int32Array,
): Float64Array | undefined {
  if (weights === undefined) return undefined
  const mean = sumWeights(training, weights) / training.length
  return weights.map((weight) => weight / mean)
}

/** What rows weigh together; their number where each weighs 1. */
export function sumWeights(rows: Int32Array, weights: Float64Array | undefined): number {
  return weights === undefined ? rows.length : rows.reduce((sum, row) => sum + weights[row]!, 0)
}
