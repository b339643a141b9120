import type { Contributions } from '../../core/contributions.ts'
import type { Graph, Node } from '../onnx/graph.ts'
import { unexplained } from './unexplained.ts'

/** The node whose output, times `scale` plus `shift`, is the score of the prediction. */
export interface ScoreNode {
  readonly node: Node
  readonly score: Contributions['score']
  readonly scale: number
  readonly shift: number
}

/**
 * Goes back from the graph's output over the link function and over what only
 * scales and shifts, such as Platt's calibration.
 *
 * @throws {ToolkitError} `EXPLANATION_UNSUPPORTED`
 */
export function findScoreNode(graph: Graph): ScoreNode {
  let node = makerOf(graph, graph.outputs[0]!.name)
  const score = scores[node.operator] ?? 'prediction'
  if (score !== 'prediction') node = makerOf(graph, node.inputs[0]!)
  let scale = 1
  let shift = 0
  for (;;) {
    const step = scalarStep(graph, node)
    if (step === undefined) return { node, score, scale, shift }
    shift += scale * step.shift
    scale *= step.scale
    node = makerOf(graph, step.input)
  }
}

const scores: Readonly<Record<string, Contributions['score']>> = {
  Sigmoid: 'log-odds',
  Exp: 'log',
}

function makerOf(graph: Graph, name: string): Node {
  const node = graph.nodes.find(({ outputs }) => outputs.includes(name))
  if (node === undefined) throw unexplained('nothing computes its score')
  return node
}

/** A node that multiplies with, adds or takes away one number. */
function scalarStep(
  graph: Graph,
  { operator, inputs }: Node,
): { readonly input: string; readonly scale: number; readonly shift: number } | undefined {
  if (!['Add', 'Sub', 'Mul', 'Identity'].includes(operator)) return undefined
  const [first = '', second = ''] = inputs
  if (operator === 'Identity') return { input: first, scale: 1, shift: 0 }
  const [a, b] = [scalarOf(graph, first), scalarOf(graph, second)]
  const constant = b ?? a
  if (constant === undefined) return undefined
  const input = b === undefined ? second : first
  if (operator === 'Mul') return { input, scale: constant, shift: 0 }
  if (operator === 'Add') return { input, scale: 1, shift: constant }
  return b === undefined
    ? { input, scale: -1, shift: constant }
    : { input, scale: 1, shift: -constant }
}

function scalarOf(graph: Graph, name: string): number | undefined {
  const tensor = graph.initializers.find((each) => each.name === name)
  return tensor?.values.length === 1 ? tensor.values[0] : undefined
}
