/** Random ensembles as ONNX has them, and rows to score. */

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
    nodes_featureids: integers(all.map(() => random.nextInteger(shape.columns))),
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
    nodes_missing_value_tracks_true: integers(all.map(() => random.nextInteger(2))),
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
  isLeaf: boolean
  isEquality: boolean
  whenTrue: number
  whenFalse: number
}

function drawTree(random: Random, { nodes, isShared = false }: ForestShape): DrawnNode[] {
  const tree: DrawnNode[] = [createLeaf()]
  const leaves = [0]
  while (tree.length + 2 <= nodes) {
    // The last leaf more often than others: chains and deep trees.
    const place = random.next() < 0.5 ? leaves.length - 1 : random.nextInteger(leaves.length)
    const [parent] = leaves.splice(place, 1)
    const node = tree[parent!]!
    node.isLeaf = false
    node.isEquality = random.next() < 0.5
    node.whenTrue = tree.push(createLeaf()) - 1
    node.whenFalse = tree.push(createLeaf()) - 1
    leaves.push(node.whenTrue, node.whenFalse)
  }
  if (isShared) {
    for (const [id, node] of tree.entries()) {
      if (node.isLeaf || random.next() < 0.5) continue
      node.whenTrue = id + 1 + random.nextInteger(tree.length - id - 1)
    }
  }
  return tree
}

function createLeaf(): DrawnNode {
  return { isLeaf: true, isEquality: false, whenTrue: 0, whenFalse: 0 }
}
