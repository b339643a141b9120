/** What the Open Inference Protocol answers: tensors of numbers and texts, and their bytes. */

import type { ClassOutput, ModelOutput, OutputInterval } from '../../core/predictor.ts'
import { intervalAround, predictClasses } from '../prediction.ts'
import { encodeTexts } from './open-inference-texts.ts'

/** The types that outputs have: FP64 is of the ends of intervals and, as INT64, of classes that are numbers. */
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

/** The outputs of a model, as its metadata lists them. */
export function describeOutputs(output: ModelOutput): readonly OutputDescription[] {
  return defineOutputs(output).map(({ name, datatype, shape }) => ({ name, datatype, shape }))
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
  return defineOutputs(output).map(({ name, datatype, shape, dataOf }) => ({
    name,
    datatype,
    shape: shape.map((size) => (size === -1 ? rows : size)),
    data: dataOf(scores),
  }))
}

interface OutputDefinition extends OutputDescription {
  readonly dataOf: (scores: Float32Array) => OutputTensor['data']
}

/**
 * The numbers that the model gives, called as our graphs call them, and what follows from them: the ends of the
 * interval of a number, the one of several classes that is called.
 */
function defineOutputs(output: ModelOutput): readonly OutputDefinition[] {
  const given = { datatype: 'FP32', shape: [-1], dataOf: (scores: Float32Array) => scores } as const
  switch (output.kind) {
    case 'probability':
      return [{ name: 'probability', ...given }]
    case 'value':
      return [{ name: 'prediction', ...given }, ...defineEnds(output.interval)]
    case 'classes': {
      const { classes } = output
      return [
        { name: 'probabilities', ...given, shape: [-1, classes.length] },
        {
          name: 'prediction',
          datatype: datatypeOf(classes),
          shape: [-1],
          dataOf: (scores) => nameClasses(output, scores),
        },
      ]
    }
  }
}

function defineEnds(interval: OutputInterval | undefined): readonly OutputDefinition[] {
  if (interval === undefined) return []
  return (['lower', 'upper'] as const).map((name) => ({
    name,
    datatype: 'FP64',
    shape: [-1],
    dataOf: (scores) => Array.from(scores, (score) => intervalAround(score, interval)[name]),
  }))
}

function datatypeOf(classes: readonly (string | number)[]): OutputDatatype {
  if (classes.some((name) => typeof name === 'string')) return 'BYTES'
  return classes.every((name) => Number.isSafeInteger(name)) ? 'INT64' : 'FP64'
}

/** A tensor has one type: where one class is a text, all are. */
function nameClasses(output: ClassOutput, scores: Float32Array): readonly (string | number)[] {
  const names = predictClasses(output, scores)
  return datatypeOf(output.classes) === 'BYTES' ? names.map(String) : names
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
