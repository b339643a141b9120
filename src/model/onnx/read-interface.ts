/**
 * What any ONNX model takes and gives, and which classes its label is one of: read without knowing its operators. Their
 * attributes and constants stay bytes, but for the few that name classes. [ONNX IR 9; ONNX-ML ZipMap, ArrayFeatureExtractor]
 */

import { ToolkitError } from '../../core/errors.ts'
import { groupFields, integer, message, text, toText } from './protobuf-message.ts'
import { bytesOf, readIntegers, type ProtobufField } from './protobuf-reader.ts'

/** An input or output, in the words of onnxruntime. */
export interface InterfaceValue {
  readonly name: string
  /** 'float32', 'int64', 'string', …; undefined for what is no tensor, or of a type that none here is. */
  readonly type: string | undefined
  /** A text is a dimension that is free; undefined where nothing is said of it. */
  readonly shape: readonly (number | string)[] | undefined
}

/** Dictionaries of probabilities that skl2onnx puts behind a tensor of them. */
export interface MapOutput {
  readonly name: string
  /** The tensor that they are made of, shape [N, classes]. */
  readonly probabilities: string
}

/** A model as its callers see it. */
export interface OnnxInterface {
  readonly inputs: readonly InterfaceValue[]
  readonly outputs: readonly InterfaceValue[]
  /** The output that is a ZipMap's, if there is one. */
  readonly map: MapOutput | undefined
  /** What the label is one of, in the order of the probabilities; undefined where the graph does not say. */
  readonly classes: readonly (string | number)[] | undefined
}

/** @throws {ToolkitError} `MODEL_INVALID` for bytes that are no ONNX model */
export function readInterface(onnx: Uint8Array): OnnxInterface {
  const fields = graphOf(onnx)
  const graph = readGraph(fields)
  const outputs = messagesOf(fields, 12).map(readValue)
  const map = findMap(graph, outputs)
  return {
    // Before IR 4 constants are listed among the inputs, too.
    inputs: messagesOf(fields, 11)
      .map(readValue)
      .filter(({ name }) => !graph.constants.has(name)),
    outputs,
    map,
    classes: findClasses(graph, { outputs, map }),
  }
}

/**
 * Whether constants of a model lie in a file beside it, where mlflow puts those of a kilobyte or more unless told otherwise.
 *
 * @throws {ToolkitError} `MODEL_INVALID` for bytes that are no ONNX model
 */
export function hasExternalTensors(onnx: Uint8Array): boolean {
  const external = 1
  return messagesOf(graphOf(onnx), 5).some((tensor) => integer(tensor, 14) === external)
}

function graphOf(onnx: Uint8Array): Message {
  // Views of Node's buffers cost several times as much as those of plain arrays.
  const fields = groupFields(new Uint8Array(onnx.buffer, onnx.byteOffset, onnx.length))
  const graph = message(fields, 7)
  if (graph.size > 0) return graph
  throw new ToolkitError('MODEL_INVALID', 'this is no ONNX model: it has no graph', {
    hint: 'restore the file, or export it again',
  })
}

type Message = ReadonlyMap<number, ProtobufField[]>

function messagesOf(fields: Message, number: number): readonly Message[] {
  return (fields.get(number) ?? []).map((field) => groupFields(bytesOf(field)))
}

interface ReadNode {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly fields: Message
}

interface ReadGraph {
  /** By the name of each output. */
  readonly makers: ReadonlyMap<string, ReadNode>
  readonly constants: ReadonlyMap<string, Message>
}

function readGraph(fields: Message): ReadGraph {
  const nodes = messagesOf(fields, 1).map((node): ReadNode => ({
    operator: text(node, 4) ?? '',
    inputs: (node.get(1) ?? []).map(toText),
    outputs: (node.get(2) ?? []).map(toText),
    fields: node,
  }))
  return {
    makers: new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const))),
    constants: new Map(
      messagesOf(fields, 5).map((tensor) => [text(tensor, 8) ?? '', tensor] as const),
    ),
  }
}

/** By ONNX's numbers of element types. */
const elementNames: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
}

function readValue(value: Message): InterfaceValue {
  const tensor = message(message(value, 2), 1)
  const hasShape = tensor.has(2)
  const sizes = messagesOf(message(tensor, 2), 1).map(
    (dimension) => integer(dimension, 1) ?? text(dimension, 2) ?? '',
  )
  return {
    name: text(value, 1) ?? '',
    type: elementNames[integer(tensor, 1) ?? 0],
    shape: hasShape ? sizes : undefined,
  }
}

function findMap({ makers }: ReadGraph, outputs: readonly InterfaceValue[]): MapOutput | undefined {
  for (const { name } of outputs) {
    const maker = makers.get(name)
    const [probabilities] = maker?.inputs ?? []
    if (maker?.operator === 'ZipMap' && probabilities !== undefined) return { name, probabilities }
  }
  return undefined
}

function findClasses(
  graph: ReadGraph,
  given: { readonly outputs: readonly InterfaceValue[]; readonly map: MapOutput | undefined },
): readonly (string | number)[] | undefined {
  const { map, outputs } = given
  if (map !== undefined) return labelsOf(graph.makers.get(map.name)!)
  const label = outputs.find(isLabel)
  return label === undefined ? undefined : traceLabels(graph, label.name)
}

/** Whether an output may be the label of each row: whole numbers or texts, one a row. */
export function isLabel({ type, shape = [] }: InterfaceValue): boolean {
  const isOfType = type === 'int64' || type === 'int32' || type === 'string'
  return isOfType && shape.length < 3 && (shape[1] ?? 1) === 1
}

/** Nodes that leave labels what they are. */
const carriers = new Set(['Cast', 'Reshape', 'Identity', 'Squeeze', 'Unsqueeze', 'Flatten'])

/** More than any exporter puts between a classifier and its label. */
const longestTrace = 20

/**
 * Which of 'nan' and 'None' the encoders of a model have for a missing text: a frame has NaN there, or None where its column
 * was made of objects, and skl2onnx writes it out. Undefined where they have none.
 *
 * @throws {ToolkitError} `MODEL_INVALID` for bytes that are no ONNX model
 */
export function readMissingText(onnx: Uint8Array): string | undefined {
  const { makers } = readGraph(graphOf(onnx))
  const texts = new Set<string>()
  for (const { fields } of makers.values()) {
    for (const attribute of messagesOf(fields, 5)) {
      if (!/^(?:cats|keys)_strings$/.test(text(attribute, 1) ?? '')) continue
      for (const field of attribute.get(9) ?? []) texts.add(toText(field))
    }
  }
  return ['nan', 'None'].find((missing) => texts.has(missing))
}

/** Back from the label to the classifier that chooses it, or to the constant that it is taken out of. */
function traceLabels(graph: ReadGraph, label: string): readonly (string | number)[] | undefined {
  let name = label
  for (let step = 0; step < longestTrace; step++) {
    const maker = graph.makers.get(name)
    if (maker === undefined) return undefined
    const labels = labelsOf(maker)
    if (labels !== undefined) return labels
    const [from = ''] = maker.inputs
    if (maker.operator === 'ArrayFeatureExtractor') return constantOf(graph, from)
    if (!carriers.has(maker.operator)) return undefined
    name = from
  }
  return undefined
}

/** Classifiers and ZipMap name their classes. */
function labelsOf({ fields }: ReadNode): readonly (string | number)[] | undefined {
  for (const attribute of messagesOf(fields, 5)) {
    if (text(attribute, 1)?.startsWith('classlabels_') !== true) continue
    const texts = (attribute.get(9) ?? []).map(toText)
    const numbers = (attribute.get(8) ?? []).flatMap(readIntegers)
    const labels = texts.length > 0 ? texts : numbers
    if (labels.length > 0) return labels
  }
  return undefined
}

function constantOf(graph: ReadGraph, name: string): readonly (string | number)[] | undefined {
  const tensor = graph.constants.get(name)
  const maker = graph.makers.get(name)
  if (tensor === undefined) {
    const [from] = maker?.inputs ?? []
    // A constant is not made of itself: one step more, and no further.
    const before = from === undefined ? undefined : graph.constants.get(from)
    const isCarried = maker !== undefined && carriers.has(maker.operator)
    return isCarried && before !== undefined ? valuesOf(before) : undefined
  }
  return valuesOf(tensor)
}

/** The values of a constant of texts or whole numbers. */
function valuesOf(tensor: Message): readonly (string | number)[] | undefined {
  const type = elementNames[integer(tensor, 2) ?? 0]
  if (type === 'string') return (tensor.get(6) ?? []).map(toText)
  if (type !== 'int64' && type !== 'int32') return undefined
  const raw = tensor.get(9)?.at(-1)
  if (raw === undefined) return (tensor.get(type === 'int64' ? 7 : 5) ?? []).flatMap(readIntegers)
  const bytes = bytesOf(raw)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const size = type === 'int64' ? 8 : 4
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) =>
    size === 8 ? Number(view.getBigInt64(i * size, true)) : view.getInt32(i * size, true),
  )
}
