import type { NeuralEncoding } from './encoding.ts'
import type { Network } from './network.ts'
import type { NeuralObjective } from './parameters.ts'

/** A fitted network, as plain values. */
export interface NeuralModel {
  readonly objective: NeuralObjective
  /** Raw columns it takes. */
  readonly columns: number
  readonly encoding: NeuralEncoding
  /** For each category the rows of its table, float32, shape [rows, width]. */
  readonly tables: readonly Float32Array[]
  /** From the input on; after each but the last comes max(·, 0). */
  readonly layers: readonly DenseLayer[]
  /** A regression's scores times `deviation` plus `mean` are the target's unit; 0 and 1 otherwise. */
  readonly target: { readonly mean: number; readonly deviation: number }
  /** The epoch whose weights these are, from 1. */
  readonly epoch: number
}

export interface DenseLayer {
  readonly inputs: number
  readonly outputs: number
  /** float32, shape [inputs, outputs]. */
  readonly weights: Float32Array
  /** float32, shape [outputs]. */
  readonly bias: Float32Array
}

/** Takes tables and layers, without their padding, out of a row of parameters. */
export function takeParameters(
  network: Network,
  parameters: Float32Array,
): Pick<NeuralModel, 'tables' | 'layers'> {
  return {
    tables: network.tables.map(({ start, rows, width }) =>
      parameters.slice(start, start + rows * width),
    ),
    layers: network.layers.map(({ inputs, outputs, weights: start, bias }, l) => {
      const width = network.widths[l + 1]!
      const weights = new Float32Array(inputs * outputs)
      for (let k = 0; k < inputs; k++) {
        const from = start + k * width
        weights.set(parameters.subarray(from, from + outputs), k * outputs)
      }
      return { inputs, outputs, weights, bias: parameters.slice(bias, bias + outputs) }
    }),
  }
}
