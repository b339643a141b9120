import type { InputFields } from '../core/input-field.ts'
import { derivedExpressions } from '../data/derived-sql.ts'
import { codeTexts, findKnownTexts } from '../data/expressions/code-texts.ts'
import { addFeatures } from '../data/expressions/to-onnx.ts'
import type { Feature } from '../data/features.ts'
import {
  createNodeCollector,
  elementTypeCodes,
  takesMoments,
  type Attribute,
  type NodeBuilder,
  type OnnxModel,
} from '../model/index.ts'

/**
 * Puts the computation of derived features before a model: raw columns in, the same out. A model without derived
 * features stays as it is. Of texts, dates and moments the matrix has the numbers that stand for them; with moments it is
 * one of doubles.
 *
 * @param model - takes the features as one matrix of floats
 * @param inputs - the raw columns in the order of the new matrix
 */
export function composeFeatures(
  model: OnnxModel,
  inputs: InputFields,
  features: readonly Feature[],
): OnnxModel {
  const written = derivedExpressions(features)
  const expressions = codeTexts(written, findKnownTexts(Object.values(written)))
  if (Object.keys(expressions).length === 0) return model
  const graph = createNodeCollector('_features')
  const [input] = model.graph.inputs
  const columns = Object.keys(inputs)
  const isWide = takesMoments(inputs)
  const gather = (names: readonly string[]): string => {
    const indices = graph.integers(
      names.map((name) => columns.indexOf(name)),
      [names.length],
    )
    return graph.apply('Gather', [input!.name, indices], { axis: toAttribute(1) })
  }
  const narrow = (value: string): string =>
    isWide ? cast(graph, value, elementTypeCodes.float) : value
  const values = addFeatures(graph, expressions, ({ name }) =>
    cast(graph, gather([name]), elementTypeCodes.double),
  )
  const plain = features.filter(({ expression }) => expression === undefined)
  const parts = [
    ...(plain.length === 0 ? [] : [narrow(gather(plain.map(({ name }) => name)))]),
    ...values.map((value) => toFloat(graph, value)),
  ]
  const matrix = graph.apply('Concat', parts, { axis: toAttribute(1) })
  const { graph: before } = graph.finishGraph(
    {
      name: model.graph.name,
      inputs: [{ ...input!, ...(isWide && { type: 'double' }), dimensions: ['N', columns.length] }],
      outputs: [{ name: matrixName, type: 'float', dimensions: ['N', features.length] }],
    },
    matrix,
  )
  const after = model.graph.nodes.map((node) => readInstead(node, input!.name))
  return {
    ...model,
    graph: {
      ...model.graph,
      inputs: before.inputs,
      initializers: [...before.initializers, ...model.graph.initializers],
      nodes: [...before.nodes, ...after],
    },
  }
}

/** No node of a model ends so: their names end in numbers. */
const matrixName = 'input_features'

type GraphNode = OnnxModel['graph']['nodes'][number]

/** What is too large for a float is missing, as in the feature table. */
function toFloat(graph: NodeBuilder, value: string): string {
  const float = cast(graph, value, elementTypeCodes.float)
  const isTooLarge = graph.apply('IsInf', [float])
  return graph.apply('Where', [isTooLarge, graph.floats([NaN], [1, 1]), float])
}

function cast(graph: NodeBuilder, value: string, to: number): string {
  return graph.apply('Cast', [value], { to: toAttribute(to) })
}

function toAttribute(value: number): Attribute {
  return { kind: 'int', value }
}

function readInstead(node: GraphNode, name: string): GraphNode {
  return node.inputs.includes(name)
    ? { ...node, inputs: node.inputs.map((input) => (input === name ? matrixName : input)) }
    : node
}
