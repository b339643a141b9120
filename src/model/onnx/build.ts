import type { Attribute, Graph, Node, OnnxModel, Tensor, ValueInfo } from './graph.ts'

/** What graphs that are made here are signed with. */
export const ownProducer = 'ml-pipeline-toolkit'

/** Collects the nodes of a graph; each operator returns the name of its output. */
export interface NodeBuilder {
  /** A constant of float32 values. */
  floats(values: readonly number[], dimensions: readonly number[]): string
  /** A constant of float64 values. */
  doubles(values: readonly number[], dimensions: readonly number[]): string
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
}

/** Collects the nodes of a model. */
export interface GraphBuilder extends NodeBuilder {
  readonly input: string
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
  const input: ValueInfo = { name: 'input', type: 'float', dimensions: ['N', columns] }
  const graph = createNodeCollector()
  return {
    ...graph,
    input: input.name,
    finish: (output, as = { name: 'probability', columns: 1 }) => {
      const made = { name: as.name, type: 'float', dimensions: ['N', as.columns] } as const
      return graph.finishGraph({ name, inputs: [input], outputs: [made] }, output)
    },
  }
}

/** Collects the nodes of a graph with any inputs and one output. */
export interface NodeCollector extends NodeBuilder {
  /** Closes the graph; `output` gets the name that the graph's output has. */
  finishGraph(graph: Pick<Graph, 'name' | 'inputs' | 'outputs'>, output: string): OnnxModel
}

/**
 * Starts a graph whose inputs and output are named when it is closed.
 *
 * @param suffix - ends the names of nodes and constants, where graphs are joined or inputs have any name
 */
export function createNodeCollector(suffix = ''): NodeCollector {
  const nodes: Node[] = []
  const initializers: Tensor[] = []

  const constant = (tensor: Omit<Tensor, 'name'>): string => {
    const constantName = `constant_${initializers.length}${suffix}`
    initializers.push({ name: constantName, ...tensor })
    return constantName
  }
  const add = (node: Omit<Node, 'outputs'>): string => {
    const output = `${node.operator.toLowerCase()}_${nodes.length}${suffix}`
    nodes.push({ ...node, outputs: [output] })
    return output
  }

  return {
    floats: (values, dimensions) => constant({ type: 'float', dimensions, values }),
    doubles: (values, dimensions) => constant({ type: 'double', dimensions, values }),
    integers: (values, dimensions) => constant({ type: 'int64', dimensions, values }),
    apply: (operator, inputs, attributes = {}) => add({ operator, domain: '', inputs, attributes }),
    applyMl: (operator, inputs, attributes) =>
      add({ operator, domain: 'ai.onnx.ml', inputs, attributes }),
    finishGraph: (graph, output) => {
      const renamed = nodes.map((node) => renameOutput(node, output, graph.outputs[0]!.name))
      return finishModel({
        name: graph.name,
        nodes: renamed,
        initializers,
        inputs: graph.inputs,
        outputs: graph.outputs,
      })
    },
  }
}

/** IR 9 with opset 18 and ai.onnx.ml 3: read by every onnxruntime since 1.14. */
function finishModel(graph: Graph): OnnxModel {
  return {
    irVersion: 9,
    producerName: ownProducer,
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
