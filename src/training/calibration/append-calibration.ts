import { ToolkitError } from '../../core/errors.ts'
import { createNodeCollector, type NodeBuilder, type OnnxModel } from '../../model/index.ts'
import type { Calibration, IsotonicCalibration } from './calibration.ts'

type Graph = OnnxModel['graph']

/**
 * The scores that a graph makes its probabilities of: what comes before its last Sigmoid, or Softmax of several classes.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` for a graph that does not end so
 */
export function findScores({ graph }: OnnxModel, link: 'Sigmoid' | 'Softmax'): string {
  const [output] = graph.outputs
  const last = graph.nodes.find((node) => node.outputs[0] === output?.name)
  if (last?.operator === link) return last.inputs[0]!
  throw new ToolkitError(
    'TRAINING_INVALID',
    `the model ends with ${last?.operator ?? 'nothing'}, expected a ${link}, whose input is calibrated`,
    { hint: "calibrate it with 'isotonic', which takes its probability" },
  )
}

/** The model whose output is one of its inner values, float [N, columns]. */
export function exposeValue(model: OnnxModel, name: string, columns: number): OnnxModel {
  const end = model.graph.nodes.findIndex((node) => node.outputs[0] === name)
  return {
    ...model,
    graph: {
      ...model.graph,
      nodes: model.graph.nodes.slice(0, end + 1),
      outputs: [{ name, type: 'float', dimensions: ['N', columns] }],
    },
  }
}

/**
 * The model with a calibration at its end: of its log odds by Platt's method, of its
 * probability by an isotonic curve, which is computed in float64. Where the curve is
 * steep, as between two held-out rows that lie close, a last bit of the probability
 * before, which runtimes round differently, is seen more clearly behind it.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` as `findScores`
 */
export function appendCalibration(model: OnnxModel, calibration: Calibration): OnnxModel {
  const as = { name: model.graph.outputs[0]!.name, columns: 1 }
  if (calibration.kind === 'isotonic') {
    return appendNodes(renameValue(model, as.name, 'uncalibrated'), as, (graph) =>
      addCurve(graph, 'uncalibrated', calibration),
    )
  }
  const logOdds = findScores(model, 'Sigmoid')
  return appendNodes(exposeValue(model, logOdds, 1), as, (graph) => {
    const scaled = graph.apply('Mul', [logOdds, graph.floats([calibration.slope], [1, 1])])
    const moved = graph.apply('Add', [scaled, graph.floats([calibration.intercept], [1, 1])])
    return graph.apply('Sigmoid', [moved])
  })
}

/** First output plus, for each piece of the curve, its rise times the share of it that the input has passed. */
export function addCurve(
  graph: NodeBuilder,
  input: string,
  { inputs, outputs }: IsotonicCalibration,
): string {
  const row = (values: readonly number[]): string => graph.doubles(values, [1, values.length])
  const exact = graph.apply('Cast', [input], { to: { kind: 'int', value: float64 } })
  // A level curve is one piece that does not rise.
  const starts = inputs.length === 1 ? inputs : inputs.slice(0, -1)
  const widths = starts.map((start, i) => (inputs[i + 1] ?? start + 1) - start)
  const rises = starts.map((_, i) => (outputs[i + 1] ?? outputs[i]!) - outputs[i]!)
  const share = graph.apply('Div', [graph.apply('Sub', [exact, row(starts)]), row(widths)])
  const passed = graph.apply('Min', [graph.apply('Max', [share, row([0])]), row([1])])
  const risen = graph.apply('Gemm', [
    passed,
    graph.doubles(rises, [rises.length, 1]),
    graph.doubles([outputs[0]!], [1]),
  ])
  return graph.apply('Cast', [risen], { to: { kind: 'int', value: float32 } })
}

/** ONNX's codes of element types. */
const float32 = 1
const float64 = 11

/** The model with more nodes behind its output, which has the name and the columns that are told. */
export function appendNodes(
  model: OnnxModel,
  as: { readonly name: string; readonly columns: number },
  build: (graph: NodeBuilder) => string,
): OnnxModel {
  const collector = createNodeCollector('_calibration')
  const made = { name: as.name, type: 'float', dimensions: ['N', as.columns] } as const
  const { graph: tail } = collector.finishGraph(
    { name: model.graph.name, inputs: model.graph.outputs, outputs: [made] },
    build(collector),
  )
  return {
    ...model,
    graph: {
      ...model.graph,
      nodes: [...model.graph.nodes, ...tail.nodes],
      initializers: [...model.graph.initializers, ...tail.initializers],
      outputs: tail.outputs,
    },
  }
}

/** The model with another name for one of its values; its output stays as it was called. */
export function renameValue(model: OnnxModel, from: string, to: string): OnnxModel {
  const rename = (name: string): string => (name === from ? to : name)
  const nodes: Graph['nodes'] = model.graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }))
  return { ...model, graph: { ...model.graph, nodes } }
}
