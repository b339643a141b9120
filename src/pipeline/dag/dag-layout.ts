/** Where the boxes of a graph stand: in layers, each below what it reads from. */

import type { DagNode } from './dag.ts'

/** A box, or a place where an arrow passes a layer. */
export interface PlacedNode {
  /** `undefined` where only an arrow passes. */
  readonly name: string | undefined
  readonly layer: number
  /** Column of its left edge, from 0. */
  readonly left: number
  readonly width: number
}

/** An arrow from one layer to the next, as indices into the nodes. */
export interface PlacedArrow {
  readonly from: number
  readonly to: number
}

/** All boxes with their places. */
export interface DagLayout {
  readonly nodes: readonly PlacedNode[]
  readonly arrows: readonly PlacedArrow[]
  readonly layerCount: number
}

/** Columns between neighbours. */
const gap = 2

/** Places the nodes of one connected part; after Sugiyama: layers, order by neighbours' means, then columns. */
export function layOutDag(nodes: readonly DagNode[]): DagLayout {
  const graph = addPassages(nodes, assignLayers(nodes))
  const layers = orderLayers(graph)
  const lefts = assignColumns(graph, layers)
  return {
    nodes: graph.nodes.map((node, i) => ({ ...node, left: lefts[i]! })),
    arrows: graph.arrows,
    layerCount: layers.length,
  }
}

/** The longest way from a start; a start itself stands right above the first that reads from it. */
function assignLayers(nodes: readonly DagNode[]): ReadonlyMap<string, number> {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const layers = new Map<string, number>()
  const layerOf = (name: string): number => {
    const known = layers.get(name)
    if (known !== undefined) return known
    const parents = byName.get(name)?.upstream ?? []
    const layer = Math.max(-1, ...parents.map(layerOf)) + 1
    layers.set(name, layer)
    return layer
  }
  for (const { name } of nodes) layerOf(name)
  for (const { name, upstream } of nodes) {
    if (upstream.length > 0) continue
    const readers = nodes.filter((node) => node.upstream.includes(name))
    if (readers.length === 0) continue
    layers.set(name, Math.min(...readers.map((reader) => layers.get(reader.name)!)) - 1)
  }
  return layers
}

type LayeredNode = Omit<PlacedNode, 'left'>

interface LayeredGraph {
  readonly nodes: readonly LayeredNode[]
  readonly arrows: readonly PlacedArrow[]
}

/** Cuts arrows that span several layers into pieces. */
function addPassages(nodes: readonly DagNode[], layers: ReadonlyMap<string, number>): LayeredGraph {
  const placed: LayeredNode[] = nodes.map(({ name }) => ({
    name,
    layer: layers.get(name)!,
    width: Array.from(name).length + 4,
  }))
  const indices = new Map(nodes.map(({ name }, i) => [name, i]))
  const arrows: PlacedArrow[] = []
  for (const { name, upstream } of nodes) {
    const to = indices.get(name)!
    for (const parent of upstream) {
      let from = indices.get(parent)!
      for (let layer = placed[from]!.layer + 1; layer < placed[to]!.layer; layer++) {
        placed.push({ name: undefined, layer, width: 1 })
        arrows.push({ from, to: placed.length - 1 })
        from = placed.length - 1
      }
      arrows.push({ from, to })
    }
  }
  return { nodes: placed, arrows }
}

const sweeps = 8

/** Indices by layer from left to right: each sweep sorts by the mean place of the neighbours before. */
function orderLayers({ nodes, arrows }: LayeredGraph): number[][] {
  const count = Math.max(...nodes.map(({ layer }) => layer)) + 1
  const layers = Array.from({ length: count }, (): number[] => [])
  for (const [i, { layer }] of nodes.entries()) layers[layer]!.push(i)
  const neighbours = linkNodes({ nodes, arrows })
  const places = new Map(layers.flatMap((layer) => layer.map((node, at) => [node, at] as const)))
  let best = layers.map((layer) => layer.slice())
  let fewest = countCrossings({ nodes, arrows }, places)
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    const isDown = sweep % 2 === 0
    for (const layer of isDown ? layers : layers.toReversed()) {
      const means = new Map(
        layer.map((node) => {
          const near = isDown ? neighbours.above[node]! : neighbours.below[node]!
          return [node, meanOf(near.map((each) => places.get(each)!)) ?? places.get(node)!]
        }),
      )
      layer.sort((a, b) => means.get(a)! - means.get(b)! || places.get(a)! - places.get(b)!)
      for (const [at, node] of layer.entries()) places.set(node, at)
    }
    const crossings = countCrossings({ nodes, arrows }, places)
    if (crossings >= fewest) continue
    fewest = crossings
    best = layers.map((layer) => layer.slice())
  }
  return best
}

interface Neighbours {
  readonly above: readonly (readonly number[])[]
  readonly below: readonly (readonly number[])[]
}

function linkNodes({ nodes, arrows }: LayeredGraph): Neighbours {
  const above = nodes.map((): number[] => [])
  const below = nodes.map((): number[] => [])
  for (const { from, to } of arrows) {
    above[to]!.push(from)
    below[from]!.push(to)
  }
  return { above, below }
}

function meanOf(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Pairs of arrows between the same two layers whose order is another one below than above. */
function countCrossings(
  { nodes, arrows }: LayeredGraph,
  places: ReadonlyMap<number, number>,
): number {
  const isCrossed = (a: PlacedArrow, b: PlacedArrow): boolean => {
    const top = places.get(a.from)! - places.get(b.from)!
    const bottom = places.get(a.to)! - places.get(b.to)!
    return top * bottom < 0
  }
  const layers = Map.groupBy(arrows, ({ from }) => nodes[from]!.layer)
  let count = 0
  for (const layer of layers.values()) {
    for (const [i, a] of layer.entries()) {
      count += layer.slice(i + 1).filter((b) => isCrossed(a, b)).length
    }
  }
  return count
}

/** Each layer in turn is put as near to the means of its neighbours as its order allows. */
function assignColumns(graph: LayeredGraph, layers: readonly (readonly number[])[]): number[] {
  const { nodes } = graph
  const neighbours = linkNodes(graph)
  const centers = nodes.map(() => 0)
  for (const layer of layers) placeLayer(layer, nodes, centers, () => undefined)
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const isDown = sweep % 2 === 0
    for (const layer of isDown ? layers : layers.toReversed()) {
      placeLayer(layer, nodes, centers, (node) => {
        const near = isDown ? neighbours.above[node]! : neighbours.below[node]!
        return meanOf(near.map((each) => centers[each]!))
      })
    }
  }
  const lefts = nodes.map(({ width }, i) => Math.round(centers[i]! - (width - 1) / 2))
  const leftmost = Math.min(...lefts)
  return lefts.map((left) => left - leftmost)
}

/**
 * Least squares with the order and the gaps kept, by pooling neighbours that would overlap
 * (the pool-adjacent-violators algorithm).
 */
function placeLayer(
  layer: readonly number[],
  nodes: readonly LayeredNode[],
  centers: number[],
  wantedOf: (node: number) => number | undefined,
): void {
  const offsets: number[] = []
  for (const [at, node] of layer.entries()) {
    const before = layer[at - 1]
    const step = before === undefined ? 0 : (nodes[before]!.width + nodes[node]!.width) / 2 + gap
    offsets.push((offsets[at - 1] ?? 0) + step)
  }
  const pools: { sum: number; count: number }[] = []
  for (const [at, node] of layer.entries()) {
    let pool = { sum: (wantedOf(node) ?? centers[node]!) - offsets[at]!, count: 1 }
    for (let last = pools.at(-1); last !== undefined; last = pools.at(-1)) {
      if (last.sum / last.count <= pool.sum / pool.count) break
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count }
      pools.pop()
    }
    pools.push(pool)
  }
  const shifts = pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count))
  for (const [at, node] of layer.entries()) centers[node] = shifts[at]! + offsets[at]!
}
