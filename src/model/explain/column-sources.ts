import { binaryOperators, unaryOperators } from '../onnx/elementwise.ts'
import type { Graph, Node, Tensor } from '../onnx/graph.ts'
import { unexplained } from './unexplained.ts'

/** For each column of a matrix in the graph, the raw columns it is made of. */
export type ColumnSources = readonly ReadonlySet<number>[]

/**
 * Traces the columns of a value in the graph back to the raw columns.
 *
 * @throws {ToolkitError} `EXPLANATION_UNSUPPORTED` when an operator mixes columns in a way that is not followed here.
 */
export function traceColumns(graph: Graph, name: string): ColumnSources {
  return trace({ graph, known: new Map() }, name)
}

interface Tracing {
  readonly graph: Graph
  /** What was traced already: values are read more than once. */
  readonly known: Map<string, ColumnSources>
}

function trace(tracing: Tracing, name: string): ColumnSources {
  const found = tracing.known.get(name) ?? traceValue(tracing, name)
  tracing.known.set(name, found)
  return found
}

function traceValue(tracing: Tracing, name: string): ColumnSources {
  const { graph } = tracing
  const input = graph.inputs[0]!
  if (name === input.name) {
    return Array.from({ length: Number(input.dimensions[1]) }, (_, column) => new Set([column]))
  }
  const constant = graph.initializers.find((tensor) => tensor.name === name)
  if (constant !== undefined) {
    return Array.from({ length: constant.dimensions.at(-1) ?? 1 }, () => new Set<number>())
  }
  // The graph was checked: something makes each of its values.
  return traceNode(
    tracing,
    graph.nodes.find((node) => node.outputs.includes(name))!,
  )
}

function traceNode(tracing: Tracing, node: Node): ColumnSources {
  if (node.operator === 'Gather') {
    const source = trace(tracing, node.inputs[0]!)
    return picksOf(tracing.graph, node).map((column) => source[column]!)
  }
  const isFollowed = node.operator === 'Concat' || elementwise.has(node.operator)
  if (!isFollowed) throw unexplained(`its operator ${node.operator} mixes columns`)
  const parts = node.inputs.map((name) => trace(tracing, name))
  if (node.operator === 'Concat') return parts.flat()
  const width = Math.max(...parts.map((part) => part.length))
  return Array.from({ length: width }, (_, column) =>
    parts
      .map((part) => part[part.length === 1 ? 0 : column] ?? new Set<number>())
      .reduce((all, sources) => all.union(sources), new Set<number>()),
  )
}

function picksOf(graph: Graph, node: Node): readonly number[] {
  const indices: Tensor | undefined = graph.initializers.find(
    (tensor) => tensor.name === node.inputs[1],
  )
  if (indices === undefined) throw unexplained('it picks columns that depend on the row')
  return indices.values
}

/** Operators that make each cell of the cells in its place. */
const elementwise = new Set([
  'Cast',
  'LabelEncoder',
  'Where',
  ...Object.keys(unaryOperators),
  ...Object.keys(binaryOperators),
])
