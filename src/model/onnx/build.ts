import type { Attribute, Graph, Node, OnnxModel, Tensor, ValueInfo } from './graph.ts'

/** Collects the nodes of a graph; each operator returns the name of its output. */
export interface GraphBuilder {
  readonly input: string
  /** A constant of float32 values. */
  floats(values: readonly number[], dimensions: readonly number[]): string
  /** A constant of int64 values. */
  integers(values: readonly number[], dimensions: readonly number[]): string
  /** An operator of ONNX's default domain. */
  apply(
    operator: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
  ): string
  /** An operator of the domain ai.onnx.ml. */
  applyMl(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
  ): string
  /** Closes the graph: one float input [N, columns], one float output: [N, 1] named 'probability' unless told. */
  finish(output: string, as?: GraphOutput): OnnxModel
}

/** What comes out of a graph: [N, columns]. */
export interface GraphOutput {
  readonly name: string
  readonly columns: number
}

/** Starts a graph that takes one matrix of raw columns, shape [N, columns], under the name 'input'. */
export function createGraphBuilder(name: string, columns: number): GraphBuilder {
  const nodes: Node[] = []
  const initializers: Tensor[] = []
  const input: ValueInfo = { name: 'input', type: 'float', dimensions: ['N', columns] }

  const constant = (tensor: Omit<Tensor, 'name'>): string => {
    const constantName = `constant_${initializers.length}`
    initializers.push({ name: constantName, ...tensor })
    return constantName
  }
  const add = (node: Omit<Node, 'outputs'>): string => {
    const output = `${node.operator.toLowerCase()}_${nodes.length}`
    nodes.push({ ...node, outputs: [output] })
    return output
  }

  return {
    input: input.name,
    floats: (values, dimensions) => constant({ type: 'float', dimensions, values }),
    integers: (values, dimensions) => constant({ type: 'int64', dimensions, values }),
    apply: (operator, inputs, attributes = {}) => add({ operator, domain: '', inputs, attributes }),
    applyMl: (operator, inputs, attributes) =>
      add({ operator, domain: 'ai.onnx.ml', inputs, attributes }),
    finish: (output, as = { name: 'probability', columns: 1 }) =>
      finishModel({
        name,
        nodes: nodes.map((node) => renameOutput(node, output, as.name)),
        initializers,
        inputs: [input],
        outputs: [{ name: as.name, type: 'float', dimensions: ['N', as.columns] }],
      }),
  }
}

/** IR 9 with opset 18 and ai.onnx.ml 3: read by every onnxruntime since 1.14. */
function finishModel(graph: Graph): OnnxModel {
  return {
    irVersion: 9,
    producerName: 'ml-pipeline-toolkit',
    opsets: [
      { domain: '', version: 18 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    graph,
  }
}

function renameOutput(node: Node, output: string, name: string): Node {
  return node.outputs[0] === output ? { ...node, outputs: [name] } : node
}
