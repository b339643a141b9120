import type { Attribute, ElementType, Graph, Node, OnnxModel, Tensor, ValueInfo } from './graph.ts'
import { ProtobufWriter } from './protobuf-writer.ts'

/** ONNX's numbers for element types (TensorProto.DataType). */
export const elementTypeCodes = {
  float: 1,
  int64: 7,
  string: 8,
  bool: 9,
  double: 11,
} as const satisfies Record<ElementType | 'bool', number>

/** ONNX's numbers for kinds of attributes (AttributeProto.AttributeType). */
export const attributeTypeCodes = {
  float: 1,
  int: 2,
  text: 3,
  floats: 6,
  ints: 7,
  texts: 8,
} as const satisfies Record<Attribute['kind'], number>

/** Encodes a model as ONNX protobuf bytes; equal models give equal bytes. [ONNX onnx.proto3] */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = new ProtobufWriter()
  writer.writeInteger(1, model.irVersion)
  writer.writeText(2, model.producerName)
  writer.writeMessage(7, encodeGraph(model.graph))
  for (const { domain, version } of model.opsets) {
    const opset = new ProtobufWriter()
    opset.writeText(1, domain)
    opset.writeInteger(2, version)
    writer.writeMessage(8, opset)
  }
  return writer.finish()
}

function encodeGraph(graph: Graph): ProtobufWriter {
  const writer = new ProtobufWriter()
  graph.nodes.forEach((node, index) => writer.writeMessage(1, encodeNode(node, index)))
  writer.writeText(2, graph.name)
  for (const tensor of graph.initializers) writer.writeMessage(5, encodeTensor(tensor))
  for (const input of graph.inputs) writer.writeMessage(11, encodeValueInfo(input))
  for (const output of graph.outputs) writer.writeMessage(12, encodeValueInfo(output))
  return writer
}

function encodeNode(node: Node, index: number): ProtobufWriter {
  const writer = new ProtobufWriter()
  for (const input of node.inputs) writer.writeText(1, input)
  for (const output of node.outputs) writer.writeText(2, output)
  writer.writeText(3, `${node.operator}_${index}`)
  writer.writeText(4, node.operator)
  for (const [name, attribute] of Object.entries(node.attributes)) {
    writer.writeMessage(5, encodeAttribute(name, attribute))
  }
  if (node.domain !== '') writer.writeText(7, node.domain)
  return writer
}

function encodeAttribute(name: string, attribute: Attribute): ProtobufWriter {
  const writer = new ProtobufWriter()
  writer.writeText(1, name)
  switch (attribute.kind) {
    case 'float':
      writer.writeFloat(2, attribute.value)
      break
    case 'int':
      writer.writeInteger(3, attribute.value)
      break
    case 'text':
      writer.writeText(4, attribute.value)
      break
    case 'floats':
      writer.writeFloats(7, attribute.values)
      break
    case 'ints':
      writer.writeIntegers(8, attribute.values)
      break
    case 'texts':
      for (const value of attribute.values) writer.writeText(9, value)
  }
  writer.writeInteger(20, attributeTypeCodes[attribute.kind])
  return writer
}

function encodeTensor(tensor: Tensor): ProtobufWriter {
  const writer = new ProtobufWriter()
  writer.writeIntegers(1, tensor.dimensions)
  writer.writeInteger(2, elementTypeCodes[tensor.type])
  if (tensor.type === 'float') writer.writeFloats(4, tensor.values)
  else if (tensor.type === 'double') writer.writeDoubles(10, tensor.values)
  else writer.writeIntegers(7, tensor.values)
  writer.writeText(8, tensor.name)
  return writer
}

/** An input or output as a message. */
export function encodeValueInfo(value: ValueInfo): ProtobufWriter {
  const shape = new ProtobufWriter()
  for (const dimension of value.dimensions) {
    const item = new ProtobufWriter()
    if (typeof dimension === 'number') item.writeInteger(1, dimension)
    else item.writeText(2, dimension)
    shape.writeMessage(1, item)
  }
  const tensorType = new ProtobufWriter()
  tensorType.writeInteger(1, elementTypeCodes[value.type])
  tensorType.writeMessage(2, shape)
  const type = new ProtobufWriter()
  type.writeMessage(1, tensorType)
  const writer = new ProtobufWriter()
  writer.writeText(1, value.name)
  writer.writeMessage(2, type)
  return writer
}
