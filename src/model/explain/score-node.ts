import type { Contributions } from '../../core/contributions.ts'
import type { Graph, Node, Tensor } from '../onnx/graph.ts'
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
export function findScoreNode({ nodes, initializers, outputs }: Graph): ScoreNode {
  const makers = new Map(nodes.map((maker) => [maker.outputs[0]!, maker]))
  const constants = new Map(initializers.map((tensor) => [tensor.name, tensor]))
  let node = makerOf(makers, outputs[0]!.name)
  const score = scores[node.operator] ?? 'prediction'
  if (score !== 'prediction') {
    checkAxis(node)
    node = makerOf(makers, node.inputs[0]!)
  }
  let scale = 1
  let shift = 0
  for (;;) {
    const step = scalarStep(constants, node)
    if (step === undefined) return { node, score, scale, shift }
    shift += scale * step.shift
    scale *= step.scale
    node = makerOf(makers, step.input)
  }
}

const scores: Readonly<Record<string, Contributions['score']>> = {
  Sigmoid: 'log-odds',
  Exp: 'log',
  Softmax: 'log',
}

/** Probabilities of classes are shares of a row. */
function checkAxis({ operator, attributes }: Node): void {
  const axis = attributes['axis']
  if (operator !== 'Softmax' || axis?.kind !== 'int' || axis.value === 1 || axis.value === -1)
    return
  throw unexplained('its probabilities are shares of something else than a row')
}

function makerOf(makers: ReadonlyMap<string, Node>, name: string): Node {
  const node = makers.get(name)
  if (node === undefined) throw unexplained('nothing computes its score')
  return node
}

/** A node that multiplies with, adds or takes away one number. */
function scalarStep(
  constants: ReadonlyMap<string, Tensor>,
  { operator, inputs }: Node,
): { readonly input: string; readonly scale: number; readonly shift: number } | undefined {
  if (!['Add', 'Sub', 'Mul', 'Identity'].includes(operator)) return undefined
  const [first = '', second = ''] = inputs
  if (operator === 'Identity') return { input: first, scale: 1, shift: 0 }
  const [a, b] = [first, second].map((name) => scalarOf(constants.get(name)))
  const constant = b ?? a
  if (constant === undefined) return undefined
  const input = b === undefined ? second : first
  if (operator === 'Mul') return { input, scale: constant, shift: 0 }
  if (operator === 'Add') return { input, scale: 1, shift: constant }
  return b === undefined
    ? { input, scale: -1, shift: constant }
    : { input, scale: 1, shift: -constant }
}

function scalarOf(tensor: Tensor | undefined): number | undefined {
  return tensor?.values.length === 1 ? tensor.values[0] : undefined
}
