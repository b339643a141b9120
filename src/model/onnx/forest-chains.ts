import type { Forest } from './forest.ts'

/** Values that are compared in one condition. */
const longestChain = 50

/** Chains of `==` nodes on one column that lead to one child: one condition on a set of values. Shape [nodes] each. */
export interface ForestChains {
  /** Where a row goes whose value is none of the chain that begins at the node. */
  readonly end: Int32Array
  /** How many nodes the chain has that begins at the node. */
  readonly length: Uint32Array
}

/** Finds the chains; what is reached from elsewhere too begins one of its own, so that each node is in one. */
export function findChains({ feature, isEquality, trueNode, falseNode }: Forest): ForestChains {
  const parents = new Uint32Array(feature.length)
  for (const children of [trueNode, falseNode]) {
    for (const child of children) if (child >= 0) parents[child]! += 1
  }
  const end = falseNode.slice()
  const length = new Uint32Array(feature.length).fill(1)
  for (let node = feature.length - 1; node >= 0; node--) {
    const next = falseNode[node]!
    if (next < 0 || isEquality[node] === 0 || isEquality[next] === 0) continue
    const isSame = feature[next] === feature[node] && trueNode[next] === trueNode[node]
    if (!isSame || parents[next]! > 1 || length[next]! >= longestChain) continue
    end[node] = end[next]!
    length[node] = length[next]! + 1
  }
  return { end, length }
}

/** The nodes of the chain that begins at a node, in their order; of any other node itself alone. */
export function nodesOfChain(
  { falseNode }: Forest,
  { length }: ForestChains,
  first: number,
): readonly number[] {
  const nodes = [first]
  while (nodes.length < length[first]!) nodes.push(falseNode[nodes.at(-1)!]!)
  return nodes
}
