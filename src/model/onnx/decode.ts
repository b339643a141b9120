import { ToolkitError } from '../../core/errors.ts'
import { attributeTypeCodes, elementTypeCodes } from './encode.ts'
import type {
  Attribute,
  ElementType,
  Graph,
  Node,
  OnnxModel,
  Opset,
  Tensor,
  ValueInfo,
} from './graph.ts'
import { groupFields, integer, message, text, toText } from './protobuf-message.ts'
import {
  bytesOf,
  readDoubles,
  readFloats,
  readIntegers,
  type ProtobufField,
} from './protobuf-reader.ts'

/**
 * Decodes ONNX bytes: the inverse of `encodeModel`, also for files that other
 * tools wrote as long as they hold float, double and int64 tensors and plain attributes.
 *
 * @throws {ToolkitError} `MODEL_INVALID` for damaged bytes,
 *   `MODEL_OPERATOR_UNSUPPORTED` for a part of ONNX that is not read here.
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  // Views of Node's buffers cost several times as much as those of plain arrays.
  const fields = groupFields(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length))
  const graph = fields.get(7)?.at(-1)
  if (graph === undefined) throw broken('this is no ONNX model: it has no graph')
  // They may give a name of ONNX another meaning.
  if (fields.has(25)) throw unsupported('functions of its own')
  return {
    irVersion: integer(fields, 1) ?? 0,
    producerName: text(fields, 2) ?? '',
    opsets: (fields.get(8) ?? []).map(decodeOpset),
    graph: decodeGraph(bytesOf(graph)),
  }
}

function decodeOpset(field: ProtobufField): Opset {
  const fields = groupFields(bytesOf(field))
  return { domain: text(fields, 1) ?? '', version: integer(fields, 2) ?? 0 }
}

function decodeGraph(bytes: Uint8Array): Graph {
  const fields = groupFields(bytes)
  const each = <T>(number: number, decode: (bytes: Uint8Array) => T): T[] => {
    const parts = fields.get(number) ?? []
    if (parts.length > mostParts) throw broken(`the ONNX graph has ${parts.length} parts of a kind`)
    return parts.map((field) => decode(bytesOf(field)))
  }
  return {
    name: text(fields, 2) ?? '',
    nodes: each(1, decodeNode),
    initializers: each(5, decodeTensor),
    inputs: each(11, decodeValueInfo),
    outputs: each(12, decodeValueInfo),
  }
}

/** Nodes, constants, inputs or outputs: an object each, however few bytes they are in the file. */
const mostParts = 100_000

function decodeNode(bytes: Uint8Array): Node {
  const fields = groupFields(bytes)
  return {
    operator: text(fields, 4) ?? '',
    domain: text(fields, 7) ?? '',
    inputs: (fields.get(1) ?? []).map(toText),
    outputs: (fields.get(2) ?? []).map(toText),
    attributes: Object.fromEntries((fields.get(5) ?? []).map((f) => decodeAttribute(bytesOf(f)))),
  }
}

function decodeAttribute(bytes: Uint8Array): [string, Attribute] {
  const fields = groupFields(bytes)
  const name = text(fields, 1) ?? ''
  const list = (number: number): ProtobufField[] => fields.get(number) ?? []
  const type = integer(fields, 20)
  switch (type) {
    case attributeTypeCodes.float:
      return [name, { kind: 'float', value: list(2).flatMap(readFloats).at(-1) ?? 0 }]
    case attributeTypeCodes.int:
      return [name, { kind: 'int', value: integer(fields, 3) ?? 0 }]
    case attributeTypeCodes.text:
      return [name, { kind: 'text', value: text(fields, 4) ?? '' }]
    case attributeTypeCodes.floats:
      return [name, { kind: 'floats', values: list(7).flatMap(readFloats) }]
    case attributeTypeCodes.ints:
      return [name, { kind: 'ints', values: list(8).flatMap(readIntegers) }]
    case attributeTypeCodes.texts:
      return [name, { kind: 'texts', values: list(9).map(toText) }]
    case undefined:
    default:
      throw unsupported(`attribute '${name}' of type ${type}`)
  }
}

function decodeTensor(bytes: Uint8Array): Tensor {
  const fields = groupFields(bytes)
  const name = text(fields, 8) ?? ''
  const type = elementType(integer(fields, 2), `tensor '${name}'`)
  if (type === 'string') throw unsupported(`tensor '${name}' of texts`)
  const dimensions = (fields.get(1) ?? []).flatMap(readIntegers)
  const negative = dimensions.find((dimension) => dimension < 0)
  if (negative !== undefined) throw broken(`tensor '${name}' has a dimension of ${negative}`)
  const values = decodeValues(fields, type)
  const size = dimensions.reduce((product, dimension) => product * dimension, 1)
  if (values.length !== size) {
    throw broken(
      `tensor '${name}' has ${values.length} values, but its shape [${dimensions.slice(0, 10).join(', ')}] asks for ${size}`,
    )
  }
  return { name, type, dimensions, values }
}

/** Values lie in the typed field, or raw in field 9, as most exporters write them. */
function decodeValues(
  fields: ReadonlyMap<number, ProtobufField[]>,
  type: Tensor['type'],
): number[] {
  const raw = fields.get(9)?.at(-1)
  if (raw === undefined) {
    const [field, read] = typedFields[type]
    return (fields.get(field) ?? []).flatMap(read)
  }
  if (type !== 'int64') return typedFields[type][1](raw)
  const bytes = bytesOf(raw)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, i) =>
    Number(view.getBigInt64(i * 8, true)),
  )
}

const typedFields: Readonly<
  Record<Tensor['type'], readonly [field: number, read: (field: ProtobufField) => number[]]>
> = { float: [4, readFloats], double: [10, readDoubles], int64: [7, readIntegers] }

function decodeValueInfo(bytes: Uint8Array): ValueInfo {
  const fields = groupFields(bytes)
  const name = text(fields, 1) ?? ''
  const tensorType = message(message(fields, 2), 1)
  const shape = message(tensorType, 2)
  return {
    name,
    type: elementType(integer(tensorType, 1), `'${name}'`),
    dimensions: (shape.get(1) ?? []).map((field) => {
      const dimension = groupFields(bytesOf(field))
      return integer(dimension, 1) ?? text(dimension, 2) ?? '?'
    }),
  }
}

function elementType(code: number | undefined, owner: string): ElementType {
  switch (code) {
    case elementTypeCodes.float:
      return 'float'
    case elementTypeCodes.double:
      return 'double'
    case elementTypeCodes.int64:
      return 'int64'
    case elementTypeCodes.string:
      return 'string'
    case undefined:
    default:
  }
  throw unsupported(`${owner} has element type ${code}`)
}

function broken(what: string): ToolkitError {
  return new ToolkitError('MODEL_INVALID', what, { hint: 'restore the file, or train again' })
}

function unsupported(what: string): ToolkitError {
  return new ToolkitError(
    'MODEL_OPERATOR_UNSUPPORTED',
    `the model uses what is not read here: ${what}`,
    {
      hint: 'this version reads the models that mlpt train writes',
    },
  )
}
