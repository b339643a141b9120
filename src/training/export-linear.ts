import { createGraphBuilder, type GraphBuilder, type OnnxModel } from '../model/index.ts'
import type {
  BinBlock,
  DesignBlock,
  LinearDesign,
  NumberBlock,
  OneHotBlock,
} from './linear-design.ts'

/**
 * Builds the ONNX graph of a linear model with its encodings inside: raw columns
 * in, out comes a probability, the number predicted, or a probability for each class. Core operators only.
 *
 * @param options.columns - raw columns the graph takes
 * @param options.intercepts - one for each score: one, or one a class
 * @param options.coefficients - shape [columns of the design, scores]
 */
export function exportLinear(
  design: LinearDesign,
  options: {
    readonly kind: 'logistic' | 'linear'
    readonly columns: number
    readonly intercepts: Float64Array
    readonly coefficients: Float64Array
  },
): OnnxModel {
  const graph = createGraphBuilder(options.kind, options.columns)
  const parts = design.map((block) => addBlock(graph, block))
  const encoded = graph.apply('Concat', parts, { axis: { kind: 'int', value: 1 } })
  const { intercepts, coefficients } = options
  const scores = intercepts.length
  const weights = graph.floats([...coefficients], [coefficients.length / scores, scores])
  const bias = graph.floats([...intercepts], [scores])
  const score = graph.apply('Gemm', [encoded, weights, bias])
  if (scores > 1) {
    const shares = graph.apply('Softmax', [score], { axis: { kind: 'int', value: 1 } })
    return graph.finish(shares, { name: 'probabilities', columns: scores })
  }
  return options.kind === 'logistic'
    ? graph.finish(graph.apply('Sigmoid', [score]))
    : graph.finish(score, { name: 'prediction', columns: 1 })
}

function addBlock(graph: GraphBuilder, block: DesignBlock): string {
  switch (block.kind) {
    case 'numbers':
      return addNumbers(graph, block)
    case 'bins':
      return addBins(graph, block)
    case 'missing':
      return toFloat(graph, graph.apply('IsNaN', [gather(graph, block.columns)]))
    case 'one-hot':
      return addOneHot(graph, block)
  }
}

function addNumbers(graph: GraphBuilder, block: NumberBlock): string {
  const width = block.columns.length
  const means = graph.floats(block.means, [1, width])
  const raw = gather(graph, block.columns)
  const value =
    block.transform === 'log1p'
      ? graph.apply('Log', [graph.apply('Add', [raw, graph.floats([1], [1, 1])])])
      : raw
  const present = graph.apply('Where', [graph.apply('IsNaN', [value]), means, value])
  const centred = graph.apply('Sub', [present, means])
  const factors = graph.floats(
    block.scales.map((scale) => Math.fround(1 / scale)),
    [1, width],
  )
  return graph.apply('Mul', [centred, factors])
}

function addBins(graph: GraphBuilder, { columns, starts, ends }: BinBlock): string {
  const raw = gather(graph, columns)
  const isFrom = (edges: readonly number[]): string =>
    graph.apply('GreaterOrEqual', [raw, graph.floats(edges, [1, edges.length])])
  const isBelow = graph.apply('Not', [isFrom(ends)])
  return toFloat(graph, graph.apply('And', [isFrom(starts), isBelow]))
}

function addOneHot(graph: GraphBuilder, block: OneHotBlock): string {
  const levels = graph.floats(block.levels, [1, block.levels.length])
  return toFloat(graph, graph.apply('Equal', [gather(graph, [block.column]), levels]))
}

function toFloat(graph: GraphBuilder, value: string): string {
  return graph.apply('Cast', [value], { to: { kind: 'int', value: 1 } })
}

function gather(graph: GraphBuilder, columns: readonly number[]): string {
  return graph.apply('Gather', [graph.input, graph.integers(columns, [columns.length])], {
    axis: { kind: 'int', value: 1 },
  })
}
