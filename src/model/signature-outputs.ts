/** What MLflow's signature says a model gives, held against what its graph gives. */

import { isObject, parseJsonText } from '../core/json.ts'
import type { ModelOutput } from '../core/predictor.ts'

/**
 * What contradicts the graph. Most signatures say what `predict` of another library gave, labels or probabilities under
 * names of their own, so that neither names nor types of numbers are held to: only several numbers a row that are not
 * those of as many classes, and texts of a model that gives a number.
 *
 * @param document - of the file MLmodel, parsed
 */
export function findOutputProblem(document: unknown, output: ModelOutput): string | undefined {
  const outputs = readOutputs(document)
  const width = widthOf(output)
  const wrong = [...outputs.flatMap(tensorWidth), ...frameWidth(outputs)].find(
    (said) => said !== width,
  )
  const gives = width === 1 ? 'a number' : `the probabilities of ${width} classes`
  if (wrong !== undefined) {
    return `'signature.outputs' has ${wrong} numbers a row, the ONNX model gives ${gives}`
  }
  const isText = outputs.some(({ type }) => type === 'string')
  return isText && width === 1
    ? `'signature.outputs' has a text, the ONNX model gives ${gives}`
    : undefined
}

type Said = Readonly<Record<string, unknown>>

function readOutputs(document: unknown): readonly Said[] {
  const signature = isObject(document) ? document['signature'] : undefined
  const text = isObject(signature) ? signature['outputs'] : undefined
  const list = typeof text === 'string' ? parseJsonText(text) : undefined
  return Array.isArray(list) ? list.filter(isObject) : []
}

/** As `predict_proba` counts them. */
function widthOf(output: ModelOutput): number {
  if (output.kind === 'value') return 1
  return output.kind === 'classes' ? output.classes.length : 2
}

/** Of a tensor with several numbers a row; one may be a label, or the probability of one class. */
function tensorWidth({ 'tensor-spec': tensor }: Said): readonly number[] {
  const shape = isObject(tensor) ? tensor['shape'] : undefined
  const width: unknown = Array.isArray(shape) && shape.length === 2 ? shape[1] : undefined
  return typeof width === 'number' && width > 1 ? [width] : []
}

/** Of a frame of floats alone. */
function frameWidth(outputs: readonly Said[]): readonly number[] {
  const areFloats = outputs.every(({ type }) => type === 'float' || type === 'double')
  return areFloats && outputs.length > 1 ? [outputs.length] : []
}
