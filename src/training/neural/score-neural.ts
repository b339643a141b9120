import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import { encodeNeuralRows, type EncodedRows, numberWidth } from './encoding.ts'
import type { DenseLayer, NeuralModel } from './neural-model.ts'

/**
 * Scores rows: log odds of class 1, the number predicted, or one raw score a class, whose softmax is
 * the probability. A missing number is the mean of the training rows, with its indicator; a code
 * never seen is the mean of those that were.
 *
 * @param x - raw columns, shape [rows, columns]
 * @returns shape [rows, 1], or [rows, classes]
 * @throws {ToolkitError} `SHAPE_MISMATCH` when the columns are not as many as the network was fitted on.
 *
 * @example
 * ```ts
 * import { createRandom, fitNeural, scoreNeural } from 'ml-pipeline-toolkit'
 * const x = { rows: 3, columns: 1, values: Float32Array.of(1, 2, 3) }
 * const data = { x, y: Float64Array.of(0, 1, 2), inputs: ['embedding'] as const }
 * const parameters = { objective: 'multiclass', maxEpochs: 1 } as const
 * const model = fitNeural(data, parameters, { random: createRandom(1) })
 * scoreNeural(model, x).length // => 9
 * ```
 */
export function scoreNeural(model: NeuralModel, x: Matrix): Float32Array {
  if (x.columns !== model.columns) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `the network takes ${model.columns} columns, but the rows have ${x.columns}`,
      { hint: 'pass the columns it was fitted on, in their order' },
    )
  }
  let activations = inputsOf(model, encodeNeuralRows(model.encoding, x))
  for (const [l, layer] of model.layers.entries()) {
    activations = applyLayer(layer, activations, l < model.layers.length - 1)
  }
  const { mean, deviation } = model.target
  return activations.map((score) => Math.fround(score * deviation) + mean)
}

function inputsOf({ encoding, tables, layers }: NeuralModel, rows: EncodedRows): Float32Array {
  const width = layers[0]!.inputs
  const numbers = numberWidth(encoding)
  const inputs = new Float32Array(rows.rows * width)
  for (let row = 0; row < rows.rows; row++) {
    let at = row * width
    for (const [t, category] of encoding.categories.entries()) {
      const from = rows.codes[row * tables.length + t]! * category.width
      inputs.set(tables[t]!.subarray(from, from + category.width), at)
      at += category.width
    }
    inputs.set(rows.numbers.subarray(row * numbers, (row + 1) * numbers), at)
  }
  return inputs
}

/** Sums in float64 and rounds once, as the evaluator of ONNX graphs here does. */
function applyLayer(layer: DenseLayer, activations: Float32Array, isHidden: boolean): Float32Array {
  const { inputs, outputs, weights, bias } = layer
  const rows = activations.length / inputs
  const into = new Float32Array(rows * outputs)
  const sums = new Float64Array(outputs)
  for (let row = 0; row < rows; row++) {
    sums.set(bias)
    for (let k = 0; k < inputs; k++) {
      const value = activations[row * inputs + k]!
      for (let j = 0; j < outputs; j++) sums[j]! += value * weights[k * outputs + j]!
    }
    for (let j = 0; j < outputs; j++) {
      into[row * outputs + j] = isHidden ? Math.max(sums[j]!, 0) : sums[j]!
    }
  }
  return into
}
