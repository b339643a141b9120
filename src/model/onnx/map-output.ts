import { encodeValueInfo } from './encode.ts'
import { ProtobufWriter } from './protobuf-writer.ts'
import { readInterface } from './read-interface.ts'

/**
 * The model with the tensor of probabilities as one more output, where it gives them as dictionaries: onnxruntime-node
 * hands out tensors only, and skl2onnx writes dictionaries unless it is told otherwise. Any other model stays as it is.
 *
 * @throws {ToolkitError} `MODEL_INVALID` for bytes that are no ONNX model
 */
export function withProbabilityTensor(onnx: Uint8Array): Uint8Array {
  const { map, classes, outputs } = readInterface(onnx)
  if (map === undefined || classes === undefined) return onnx
  if (outputs.some(({ name }) => name === map.probabilities)) return onnx
  const graph = new ProtobufWriter()
  graph.writeMessage(
    12,
    encodeValueInfo({
      name: map.probabilities,
      type: 'float',
      dimensions: ['N', classes.length],
    }),
  )
  const model = new ProtobufWriter()
  model.writeMessage(7, graph)
  // Of protobuf, two messages behind one another are one with the parts of both: nothing before is touched.
  const added = model.finish()
  const joined = new Uint8Array(onnx.length + added.length)
  joined.set(onnx)
  joined.set(added, onnx.length)
  return joined
}

/** Whether a model gives its probabilities as dictionaries. @throws {ToolkitError} `MODEL_INVALID` as {@link withProbabilityTensor} */
export function givesMaps(onnx: Uint8Array): boolean {
  return readInterface(onnx).map !== undefined
}
