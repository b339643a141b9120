/** Random ensembles as ONNX has them, and rows to score. */

import type { Matrix } from '../../src/core/matrix.ts'
import type { Random } from '../../src/core/random.ts'
import { createGraphBuilder, type Attribute, type OnnxModel } from '../../src/model/index.ts'

export interface ForestShape {
  readonly columns: number
  readonly trees: number
  /** Nodes of a tree, leaves included. */
  readonly nodes: number
  readonly targets?: number
  /** Thresholds, and cells of rows beside missing ones. */
  readonly values: readonly number[]
  /** Whether a node may have several parents, as no tree has and a file may say. */
  readonly isShared?: boolean
  /** Whether missing values take one branch of a whole chain, as our own models have it. */
  readonly isOneTrack?: boolean
  /** Of the nodes, those that test for equality: half of them when left out. */
  readonly equalityShare?: number
}

/** Every node but the root has a parent before it; `isShared` leads others there too. */
export function drawForest(random: Random, shape: ForestShape): OnnxModel {
  const pick = <T>(list: readonly T[]): T => list[random.nextInteger(list.length)]!
  const trees = Array.from({ length: shape.trees }, () => drawTree(random, shape))
  const all = trees.flatMap((tree, t) => tree.map((node, id) => ({ ...node, t, id })))
  const leaves = all.filter(({ isLeaf }) => isLeaf)
  const targets = shape.targets ?? 1
  const integers = (values: readonly number[]): Attribute => ({ kind: 'ints', values })
  const floats = (values: readonly number[]): Attribute => ({ kind: 'floats', values })
  const graph = createGraphBuilder('forest', shape.columns)
  const scores = graph.applyMl('TreeEnsembleRegressor', [graph.input], {
    base_values: floats(Array.from({ length: targets }, () => Math.fround(random.next()))),
    n_targets: { kind: 'int', value: targets },
    nodes_treeids: integers(all.map(({ t }) => t)),
    nodes_nodeids: integers(all.map(({ id }) => id)),
    nodes_featureids: integers(all.map(({ feature }) => feature)),
    nodes_values: floats(all.map(() => Math.fround(pick(shape.values)))),
    nodes_modes: {
      kind: 'texts',
      values: all.map(({ isLeaf, isEquality }) => {
        if (isLeaf) return 'LEAF'
        return isEquality ? 'BRANCH_EQ' : 'BRANCH_LEQ'
      }),
    },
    nodes_truenodeids: integers(all.map(({ whenTrue }) => whenTrue)),
    nodes_falsenodeids: integers(all.map(({ whenFalse }) => whenFalse)),
    nodes_missing_value_tracks_true: integers(all.map(({ isMissingTrue }) => isMissingTrue)),
    target_treeids: integers(leaves.map(({ t }) => t)),
    target_nodeids: integers(leaves.map(({ id }) => id)),
    target_ids: integers(leaves.map(({ t }) => t % targets)),
    target_weights: floats(leaves.map(() => Math.fround(2 * random.next() - 1))),
  })
  return graph.finish(scores, { name: 'scores', columns: targets })
}

/** Row-major, shape [rows, columns]; a tenth of the cells is missing. */
export function drawRows(random: Random, { columns, values }: ForestShape, rows: number) {
  const cells = Float32Array.from({ length: rows * columns }, () =>
    random.next() < 0.1 ? Number.NaN : values[random.nextInteger(values.length)]!,
  )
  return { rows, columns, values: cells }
}

interface DrawnNode {
  feature: number
  isLeaf: boolean
  isEquality: boolean
  isMissingTrue: number
  whenTrue: number
  whenFalse: number
}

function drawTree(
  random: Random,
  { columns, nodes, isShared = false, isOneTrack = false, equalityShare = 0.5 }: ForestShape,
): DrawnNode[] {
  const tree: DrawnNode[] = [createLeaf()]
  const leaves = [0]
  while (tree.length + 2 <= nodes) {
    // The last leaf more often than others: deep trees.
    const place = random.next() < 0.5 ? leaves.length - 1 : random.nextInteger(leaves.length)
    const [parent] = leaves.splice(place, 1)
    let node = tree[parent!]!
    node.isLeaf = false
    node.feature = random.nextInteger(columns)
    node.isEquality = random.next() < equalityShare
    node.isMissingTrue = random.nextInteger(2)
    // A set of categories: a chain of nodes on one column that lead to one child.
    const chain = node.isEquality ? random.nextInteger(4) : 0
    const links = Array.from({ length: Math.min(chain, nodes - tree.length - 2) }, () => {
      const link = { ...node }
      if (!isOneTrack) link.isMissingTrue = random.nextInteger(2)
      node.whenFalse = tree.push(link) - 1
      const before = node
      node = link
      return before
    })
    const whenTrue = tree.push(createLeaf()) - 1
    for (const each of [...links, node]) each.whenTrue = whenTrue
    node.whenFalse = tree.push(createLeaf()) - 1
    leaves.push(whenTrue, node.whenFalse)
  }
  if (isShared) {
    for (const [id, node] of tree.entries()) {
      if (node.isLeaf || random.next() < 0.5) continue
      node.whenTrue = id + 1 + random.nextInteger(tree.length - id - 1)
    }
  }
  return tree
}

/** Scores by what the attributes say, node by node: [rows, targets] in 64 bits, rounded once. */
export function scoreByDefinition(model: OnnxModel, rows: Matrix): Float32Array {
  const { attributes } = model.graph.nodes[0]!
  const list = <T = number>(name: string): readonly T[] => {
    const attribute = attributes[name]!
    return ('values' in attribute ? attribute.values : []) as unknown as readonly T[]
  }
  const [trees, ids, modes] = [
    list('nodes_treeids'),
    list('nodes_nodeids'),
    list<string>('nodes_modes'),
  ]
  const [columns, limits] = [list('nodes_featureids'), list('nodes_values')]
  const missing = list('nodes_missing_value_tracks_true')
  const children = { true: list('nodes_truenodeids'), false: list('nodes_falsenodeids') }
  const [leafTrees, leafIds, targets] = [
    list('target_treeids'),
    list('target_nodeids'),
    list('target_ids'),
  ]
  const weights = list('target_weights')
  const base = list('base_values')
  const scores = new Float32Array(rows.rows * base.length)
  for (let r = 0; r < rows.rows; r++) {
    const sums = Float64Array.from(base)
    const next = (node: number): number => {
      const x = rows.values[r * rows.columns + columns[node]!]!
      const isEquality = modes[node] === 'BRANCH_EQ'
      const holds = isEquality ? x === limits[node] : x <= limits[node]!
      const isTrue = holds || (Number.isNaN(x) && missing[node] === 1)
      return (isTrue ? children.true : children.false)[node]!
    }
    for (const tree of new Set(trees)) {
      const find = (wanted: number): number =>
        trees.findIndex((each, i) => each === tree && ids[i] === wanted)
      let id = 0
      while (modes[find(id)] !== 'LEAF') id = next(find(id))
      const leaf = leafTrees.findIndex((each, i) => each === tree && leafIds[i] === id)
      sums[targets[leaf]!]! += weights[leaf]!
    }
    scores.set(sums, r * base.length)
  }
  return scores
}

function createLeaf(): DrawnNode {
  return {
    feature: 0,
    isLeaf: true,
    isEquality: false,
    isMissingTrue: 0,
    whenTrue: 0,
    whenFalse: 0,
  }
}
