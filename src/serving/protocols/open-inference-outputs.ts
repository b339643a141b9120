/** What the Open Inference Protocol answers: tensors of numbers and texts, and their bytes. */

import type { ModelOutput } from '../../core/predictor.ts'
import { predictClasses } from '../prediction.ts'
import { encodeTexts } from './open-inference-texts.ts'

/** The types that outputs have: FP64 and INT64 are of classes that are numbers. */
export type OutputDatatype = 'FP32' | 'FP64' | 'INT64' | 'BYTES'

/** An output as the model's description has it: -1 is the number of rows. */
export interface OutputDescription {
  readonly name: string
  readonly datatype: OutputDatatype
  readonly shape: readonly number[]
}

/** A tensor of an answer. */
export interface OutputTensor extends OutputDescription {
  /** Flat, row-major. */
  readonly data: Float32Array | readonly (string | number)[]
}

/**
 * The outputs of a model, as the graphs of our models name them: numbers, and of a model of classes also the likeliest
 * class of each row, as texts where one of the classes is one.
 */
export function describeOutputs(output: ModelOutput): readonly OutputDescription[] {
  switch (output.kind) {
    case 'probability':
      return [{ name: 'probability', datatype: 'FP32', shape: [-1] }]
    case 'value':
      return [{ name: 'prediction', datatype: 'FP32', shape: [-1] }]
    case 'classes': {
      const { classes } = output
      return [
        { name: 'probabilities', datatype: 'FP32', shape: [-1, classes.length] },
        { name: 'prediction', datatype: datatypeOf(classes), shape: [-1] },
      ]
    }
  }
}

function datatypeOf(classes: readonly (string | number)[]): OutputDatatype {
  if (classes.some((name) => typeof name === 'string')) return 'BYTES'
  return classes.every((name) => Number.isSafeInteger(name)) ? 'INT64' : 'FP64'
}

/**
 * The outputs of so many rows.
 *
 * @param scores - as `predict` of a model of this output gives them
 */
export function createOutputs(
  output: ModelOutput,
  scores: Float32Array,
  rows: number,
): readonly OutputTensor[] {
  return describeOutputs(output).map(({ name, datatype, shape }, i) => ({
    name,
    datatype,
    shape: shape.map((size) => (size === -1 ? rows : size)),
    data: i === 0 || output.kind !== 'classes' ? scores : nameClasses(output.classes, scores),
  }))
}

/** A tensor has one type: where one class is a text, all are. */
function nameClasses(
  classes: readonly (string | number)[],
  scores: Float32Array,
): readonly (string | number)[] {
  const names = predictClasses(classes, scores)
  return datatypeOf(classes) === 'BYTES' ? names.map(String) : names
}

/** Little-endian. */
export function encodeOutput({ datatype, data }: OutputTensor): Uint8Array {
  if (datatype === 'BYTES') return encodeTexts(Array.from(data, String))
  const size = datatype === 'FP32' ? 4 : 8
  const view = new DataView(new ArrayBuffer(data.length * size))
  for (const [i, value] of data.entries()) {
    const [offset, number] = [i * size, Number(value)]
    if (datatype === 'FP32') view.setFloat32(offset, number, true)
    else if (datatype === 'FP64') view.setFloat64(offset, number, true)
    else view.setBigInt64(offset, BigInt(number), true)
  }
  return new Uint8Array(view.buffer)
}
