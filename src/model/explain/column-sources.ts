import type { Graph, Node } from '../onnx/graph.ts'
import { binaryOperators, unaryOperators } from '../onnx/elementwise.ts'
import { unexplained } from './unexplained.ts'

/** For each column of a matrix in the graph, the raw columns it is made of. */
export type ColumnSources = readonly ReadonlySet<number>[]

/** Where a value's columns come from, or why that is not known. */
type Traced = ColumnSources | { readonly reason: string }

/**
 * Traces the columns of a value in the graph back to the raw columns.
 *
 * @throws {ToolkitError} `EXPLANATION_UNSUPPORTED` when an operator mixes columns in a way that is not followed here.
 */
export function traceColumns(graph: Graph, name: string): ColumnSources {
  const traced = new Map<string, Traced>(startOf(graph))
  // The graph was checked: what a node reads is made before it.
  for (const node of graph.nodes) {
    if (traced.has(name)) break
    const parts = node.inputs.map((input) => traced.get(input)!)
    traced.set(node.outputs[0]!, traceNode(graph, node, parts))
  }
  const found = traced.get(name)!
  if ('reason' in found) throw unexplained(found.reason)
  return found
}

/** The graph's input is the raw columns; constants are made of none. */
function startOf({ inputs, initializers }: Graph): [string, Traced][] {
  const [input] = inputs
  const raw = Array.from({ length: Number(input!.dimensions[1]) }, (_, column) => new Set([column]))
  const constants = initializers.map(({ name, dimensions }): [string, Traced] => [
    name,
    Array.from({ length: dimensions.at(-1) ?? 1 }, () => new Set<number>()),
  ])
  return [[input!.name, raw], ...constants]
}

function traceNode(graph: Graph, node: Node, parts: readonly Traced[]): Traced {
  const known: ColumnSources[] = []
  for (const part of parts) {
    if ('reason' in part) return part
    known.push(part)
  }
  if (node.operator === 'Gather') return pickColumns(graph, node, known)
  // A look-up of codes finds the place among them by a sum without a bias.
  if (node.operator === 'Gemm' && node.inputs.length === 2) return [unionOf(known[0]!)]
  if (node.operator === 'Concat') return known.flat()
  if (!elementwise.has(node.operator)) {
    return { reason: `its operator ${node.operator} mixes columns` }
  }
  const width = Math.max(...known.map((part) => part.length))
  return Array.from({ length: width }, (_, column) =>
    unionOf(known.map((part) => part[part.length === 1 ? 0 : column] ?? new Set())),
  )
}

function unionOf(parts: ColumnSources): ReadonlySet<number> {
  return parts.reduce<ReadonlySet<number>>((all, sources) => all.union(sources), new Set())
}

function pickColumns(graph: Graph, node: Node, [source, chosen]: readonly ColumnSources[]): Traced {
  const [table, indices] = node.inputs.map((name) =>
    graph.initializers.find((tensor) => tensor.name === name),
  )
  if (indices !== undefined) {
    return indices.values.map((column) => source![column] ?? new Set<number>())
  }
  // An entry of a table is made of the columns that choose it.
  if (table?.dimensions.length === 1) return chosen!
  return { reason: 'it picks columns that depend on the row' }
}

/** Operators that make each cell of the cells in its place. */
const elementwise = new Set([
  'Cast',
  'LabelEncoder',
  'Where',
  ...Object.keys(unaryOperators),
  ...Object.keys(binaryOperators),
])
