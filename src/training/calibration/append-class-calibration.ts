import type { NodeBuilder, OnnxModel } from '../../model/index.ts'
import {
  addCurve,
  appendNodes,
  exposeValue,
  findScores,
  renameValue,
} from './append-calibration.ts'
import type { IsotonicCalibration, PlattCalibration } from './calibration.ts'
import type { ClassCalibration, OneVsRestCalibration } from './class-calibration.ts'

/**
 * The model of classes with a calibration at its end: of the scores before its softmax by a temperature or by Platt's method,
 * of its probabilities by isotonic curves.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` as `findScores`
 */
export function appendClassCalibration(model: OnnxModel, calibration: ClassCalibration): OnnxModel {
  const output = model.graph.outputs[0]!
  const columns = Number(output.dimensions[1])
  const as = { name: output.name, columns }
  if (calibration.kind === 'one-vs-rest' && calibration.curves.every(isIsotonic)) {
    const curves = calibration.curves
    return appendNodes(renameValue(model, output.name, 'uncalibrated'), as, (graph) =>
      divide(graph, addCurves(graph, 'uncalibrated', curves), columns),
    )
  }
  const scores = findScores(model, 'Softmax')
  return appendNodes(exposeValue(model, scores, columns), as, (graph) =>
    calibration.kind === 'temperature'
      ? graph.apply(
          'Softmax',
          [graph.apply('Mul', [scores, graph.floats([calibration.scale], [1, 1])])],
          onColumns,
        )
      : divide(graph, addSigmoids(graph, scores, calibration), columns),
  )
}

const onColumns = { axis: { kind: 'int', value: 1 } } as const

function isIsotonic(curve: { readonly kind: string }): curve is IsotonicCalibration {
  return curve.kind === 'isotonic'
}

function addCurves(
  graph: NodeBuilder,
  input: string,
  curves: readonly IsotonicCalibration[],
): string {
  const parts = curves.map((curve, k) => {
    const own = graph.apply('Gather', [input, graph.integers([k], [1])], onColumns)
    return addCurve(graph, own, curve)
  })
  return graph.apply('Concat', parts, onColumns)
}

function addSigmoids(graph: NodeBuilder, scores: string, { curves }: OneVsRestCalibration): string {
  const lines = curves.filter((curve): curve is PlattCalibration => curve.kind === 'platt')
  const row = (values: readonly number[]): string => graph.floats(values, [1, values.length])
  const scaled = graph.apply('Mul', [scores, row(lines.map(({ slope }) => slope))])
  const moved = graph.apply('Add', [scaled, row(lines.map(({ intercept }) => intercept))])
  return graph.apply('Sigmoid', [moved])
}

/** Shares of their sum, which a product with ones puts into every column; equal ones where it is 0. */
function divide(graph: NodeBuilder, shares: string, columns: number): string {
  const ones = graph.floats(Array<number>(columns ** 2).fill(1), [columns, columns])
  const sum = graph.apply('Gemm', [shares, ones])
  const isNothing = graph.apply('Equal', [sum, graph.floats([0], [1, 1])])
  const divisor = graph.apply('Where', [isNothing, graph.floats([1], [1, 1]), sum])
  const divided = graph.apply('Div', [shares, divisor])
  return graph.apply('Where', [isNothing, graph.floats([1 / columns], [1, 1]), divided])
}
