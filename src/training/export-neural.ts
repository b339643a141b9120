import { createGraphBuilder, type GraphBuilder, type OnnxModel } from '../model/index.ts'
import type { CategoryInput, NeuralModel, NumberInput } from './neural/index.ts'

/**
 * Builds the ONNX graph of a network with its encodings inside: raw columns in; out comes the
 * probability of class 1, the number predicted, or a probability for each class. Core operators only.
 */
export function exportNeural(model: NeuralModel): OnnxModel {
  const graph = createGraphBuilder('neural', model.columns)
  const { categories, numbers } = model.encoding
  const rows = categories.map((category, i) => addCategory(graph, category, model.tables[i]!))
  let activations = concatenate(graph, [...rows, ...addNumbers(graph, numbers)])
  for (const [l, { inputs, outputs, weights, bias }] of model.layers.entries()) {
    activations = graph.apply('Gemm', [
      activations,
      graph.floats([...weights], [inputs, outputs]),
      graph.floats([...bias], [outputs]),
    ])
    if (l < model.layers.length - 1) activations = graph.apply('Relu', [activations])
  }
  return finish(graph, model, activations)
}

function finish(
  graph: GraphBuilder,
  { objective, layers, target }: NeuralModel,
  scores: string,
): OnnxModel {
  switch (objective) {
    case 'binary':
      return graph.finish(graph.apply('Sigmoid', [scores]))
    case 'regression': {
      const scaled = graph.apply('Mul', [scores, graph.floats([target.deviation], [1, 1])])
      const moved = graph.apply('Add', [scaled, graph.floats([target.mean], [1, 1])])
      return graph.finish(moved, { name: 'prediction', columns: 1 })
    }
    case 'multiclass':
      return graph.finish(graph.apply('Softmax', [scores], { axis: { kind: 'int', value: 1 } }), {
        name: 'probabilities',
        columns: layers.at(-1)!.outputs,
      })
  }
}

/**
 * A row of the table, as 0/1 for each level times its difference to the row of a code never seen,
 * plus that row. A look-up by index would need the index, which core operators find no shorter way.
 */
function addCategory(graph: GraphBuilder, category: CategoryInput, table: Float32Array): string {
  const { column, levels, hasMissing, width } = category
  const code = gather(graph, graph.input, [column])
  const parts: string[] = []
  if (levels.length > 0) {
    const known = graph.floats(levels, [1, levels.length])
    parts.push(toFloat(graph, graph.apply('Equal', [code, known])))
  }
  if (hasMissing) parts.push(toFloat(graph, graph.apply('IsNaN', [code])))
  const differences = Array.from(table.subarray(width), (cell, i) =>
    Math.fround(cell - table[i % width]!),
  )
  return graph.apply('Gemm', [
    concatenate(graph, parts),
    graph.floats(differences, [differences.length / width, width]),
    graph.floats([...table.subarray(0, width)], [width]),
  ])
}

/** Standardized numbers, then the indicators of missing ones. */
function addNumbers(graph: GraphBuilder, numbers: readonly NumberInput[]): string[] {
  if (numbers.length === 0) return []
  const width = numbers.length
  const plain = numbers.filter((input) => !input.isLog).map((input) => input.column)
  const logs = numbers.filter((input) => input.isLog).map((input) => input.column)
  const parts = plain.length === 0 ? [] : [gather(graph, graph.input, plain)]
  if (logs.length > 0) {
    const one = graph.floats([1], [1, 1])
    parts.push(graph.apply('Log', [graph.apply('Add', [gather(graph, graph.input, logs), one])]))
  }
  const values = concatenate(graph, parts)
  const means = graph.floats(
    numbers.map((input) => input.mean),
    [1, width],
  )
  const factors = graph.floats(
    numbers.map((input) => input.factor),
    [1, width],
  )
  const isMissing = graph.apply('IsNaN', [values])
  const present = graph.apply('Where', [isMissing, means, values])
  const scaled = graph.apply('Mul', [graph.apply('Sub', [present, means]), factors])
  const told = [...numbers.keys()].filter((i) => numbers[i]!.hasIndicator)
  return told.length === 0 ? [scaled] : [scaled, gather(graph, toFloat(graph, isMissing), told)]
}

function toFloat(graph: GraphBuilder, truth: string): string {
  return graph.apply('Cast', [truth], { to: { kind: 'int', value: 1 } })
}

function concatenate(graph: GraphBuilder, parts: readonly string[]): string {
  if (parts.length === 1) return parts[0]!
  return graph.apply('Concat', parts, { axis: { kind: 'int', value: 1 } })
}

function gather(graph: GraphBuilder, source: string, columns: readonly number[]): string {
  return graph.apply('Gather', [source, graph.integers(columns, [columns.length])], {
    axis: { kind: 'int', value: 1 },
  })
}
