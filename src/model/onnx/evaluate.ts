import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import { checkModel } from './check.ts'
import type { Node, OnnxModel, Tensor } from './graph.ts'
import { compileOperator, type Operator } from './operators.ts'

/** Scores rows of raw columns, shape [rows, columns]; returns one number a row, shape [rows]. */
export type Evaluator = (rows: Matrix) => Float32Array

/**
 * Compiles a graph to a function. It computes in float32 where ONNX does, with
 * its own exponential, so the same model gives the same bits on every machine;
 * onnxruntime agrees to 1e-6 (tests/peers).
 *
 * @throws {ToolkitError} `MODEL_OPERATOR_UNSUPPORTED`, `MODEL_INVALID`; when scoring,
 *   `SHAPE_MISMATCH` when the matrix has other columns than the graph.
 */
export function compileModel(model: OnnxModel): Evaluator {
  checkModel(model)
  const { graph } = model
  const columns = Number(graph.inputs[0]!.dimensions[1])
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  const steps = graph.nodes.map((node) => compileStep(node, constants))
  const fixed = new Map(graph.initializers.map((tensor) => [tensor.name, toMatrix(tensor)]))
  const inputName = graph.inputs[0]!.name
  const outputName = graph.outputs[0]!.name

  return (rows) => {
    if (rows.columns !== columns) {
      throw new ToolkitError(
        'SHAPE_MISMATCH',
        `the model takes ${columns} columns, but the rows have ${rows.columns}`,
      )
    }
    const values = new Map(fixed).set(inputName, rows)
    for (const step of steps) {
      values.set(step.output, step.run(step.inputs.map((name) => values.get(name)!)))
    }
    return values.get(outputName)!.values
  }
}

interface Step {
  readonly inputs: readonly string[]
  readonly output: string
  readonly run: Operator
}

function compileStep(node: Node, constants: ReadonlyMap<string, Tensor>): Step {
  return {
    inputs: node.inputs,
    output: node.outputs[0]!,
    run: compileOperator(
      node,
      node.inputs.map((name) => constants.get(name)),
    ),
  }
}

/** Constants of one dimension are a row, as ONNX broadcasts them. */
function toMatrix(tensor: Tensor): Matrix {
  const columns = tensor.dimensions.at(-1) ?? 1
  const rows = tensor.dimensions.slice(0, -1).reduce((product, size) => product * size, 1)
  return { rows, columns, values: Float32Array.from(tensor.values) }
}
