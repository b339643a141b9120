import { createGraphBuilder, type GraphBuilder, type OnnxModel } from '../model/index.ts'
import type { LinearDesign, NumberBlock, OneHotBlock } from './linear-design.ts'

/**
 * Builds the ONNX graph of a logistic model with its encodings inside: raw
 * columns in, probability out. Core operators only.
 *
 * @param options.columns - raw columns the graph takes
 * @param options.coefficients - one for each column of the design
 */
export function exportLogistic(
  design: LinearDesign,
  options: {
    readonly columns: number
    readonly intercept: number
    readonly coefficients: Float64Array
  },
): OnnxModel {
  const graph = createGraphBuilder('logistic', options.columns)
  const parts = design.map((block) =>
    block.kind === 'numbers' ? addNumbers(graph, block) : addOneHot(graph, block),
  )
  const encoded = graph.apply('Concat', parts, { axis: { kind: 'int', value: 1 } })
  const weights = graph.floats([...options.coefficients], [options.coefficients.length, 1])
  const bias = graph.floats([options.intercept], [1])
  return graph.finish(graph.apply('Sigmoid', [graph.apply('Gemm', [encoded, weights, bias])]))
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

function addOneHot(graph: GraphBuilder, block: OneHotBlock): string {
  const levels = graph.floats(block.levels, [1, block.levels.length])
  const isLevel = graph.apply('Equal', [gather(graph, [block.column]), levels])
  return graph.apply('Cast', [isLevel], { to: { kind: 'int', value: 1 } })
}

function gather(graph: GraphBuilder, columns: readonly number[]): string {
  return graph.apply('Gather', [graph.input, graph.integers(columns, [columns.length])], {
    axis: { kind: 'int', value: 1 },
  })
}
