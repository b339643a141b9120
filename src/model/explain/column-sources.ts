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
  const constant = constantOf(graph, name)
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
  if (node.operator === 'Gather') return traceGather(tracing, node)
  // A look-up of codes: the place among them, as a sum without a bias.
  if (node.operator === 'Gemm' && node.inputs.length === 2) {
    return [unionOf(trace(tracing, node.inputs[0]!))]
  }
  const isFollowed = node.operator === 'Concat' || elementwise.has(node.operator)
  if (!isFollowed) throw unexplained(`its operator ${node.operator} mixes columns`)
  const parts = node.inputs.map((name) => trace(tracing, name))
  if (node.operator === 'Concat') return parts.flat()
  const width = Math.max(...parts.map((part) => part.length))
  return Array.from({ length: width }, (_, column) =>
    unionOf(parts.map((part) => part[part.length === 1 ? 0 : column] ?? new Set())),
  )
}

function unionOf(parts: ColumnSources): ReadonlySet<number> {
  return parts.reduce<ReadonlySet<number>>((all, sources) => all.union(sources), new Set())
}

function traceGather(tracing: Tracing, node: Node): ColumnSources {
  const [table, indices] = node.inputs.map((name) => constantOf(tracing.graph, name))
  if (indices !== undefined) {
    const source = trace(tracing, node.inputs[0]!)
    return indices.values.map((column) => source[column]!)
  }
  // Entries of a table are of the columns that choose them.
  if (table?.dimensions.length === 1) return trace(tracing, node.inputs[1]!)
  throw unexplained('it picks columns that depend on the row')
}

function constantOf(graph: Graph, name: string): Tensor | undefined {
  return graph.initializers.find((tensor) => tensor.name === name)
}

/** Operators that make each cell of the cells in its place. */
const elementwise = new Set([
  'Cast',
  'LabelEncoder',
  'Where',
  ...Object.keys(unaryOperators),
  ...Object.keys(binaryOperators),
])
