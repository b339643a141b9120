import { createGraphBuilder, type Attribute, type OnnxModel } from '../model/index.ts'
import type { BoostedTrees, Tree } from './boosting/index.ts'

/**
 * Builds the ONNX graph of boosted trees: raw columns in; out comes what `predictTrees`
 * gives. A set of categories becomes a chain of `==` nodes, the one encoding that
 * onnxruntime's native and web builds both get right (reference/training §4).
 */
export function exportBoosting(model: BoostedTrees, columns: number): OnnxModel {
  const graph = createGraphBuilder('boosting', columns)
  const raw = graph.applyMl('TreeEnsembleRegressor', [graph.input], ensembleAttributes(model))
  switch (model.objective) {
    case 'binary':
      return graph.finish(graph.apply('Sigmoid', [raw]))
    case 'multiclass':
      return graph.finish(graph.apply('Softmax', [raw], { axis: { kind: 'int', value: 1 } }), {
        name: 'probabilities',
        columns: model.baseScores.length,
      })
    case 'poisson':
      return graph.finish(graph.apply('Exp', [raw]), { name: 'prediction', columns: 1 })
    case 'regression':
    case 'quantile':
      return graph.finish(raw, { name: 'prediction', columns: 1 })
  }
}

/** One node of the ONNX ensemble. */
interface EnsembleNode {
  readonly tree: number
  readonly id: number
  readonly mode: 'BRANCH_LEQ' | 'BRANCH_EQ' | 'LEAF'
  readonly feature: number
  readonly value: number
  readonly missingTrue: boolean
  /** Rows of the fit that came by; the nodes of one chain all have those of its split. */
  readonly rows: number
  /** Filled in once the children have their ids. */
  trueId: number
  falseId: number
}

function ensembleAttributes(model: BoostedTrees): Record<string, Attribute> {
  const nodes = model.trees.flatMap(flattenTree)
  const leaves = nodes.filter((node) => node.mode === 'LEAF')
  return {
    aggregate_function: { kind: 'text', value: 'SUM' },
    base_values: floats(model.baseScores.map(Math.fround)),
    n_targets: { kind: 'int', value: model.baseScores.length },
    nodes_falsenodeids: ints(nodes.map((node) => node.falseId)),
    nodes_featureids: ints(nodes.map((node) => node.feature)),
    // What explanations weigh the branches by.
    nodes_hitrates: floats(nodes.map((node) => node.rows)),
    nodes_missing_value_tracks_true: ints(nodes.map((node) => (node.missingTrue ? 1 : 0))),
    nodes_modes: { kind: 'texts', values: nodes.map((node) => node.mode) },
    nodes_nodeids: ints(nodes.map((node) => node.id)),
    nodes_treeids: ints(nodes.map((node) => node.tree)),
    nodes_truenodeids: ints(nodes.map((node) => node.trueId)),
    nodes_values: floats(nodes.map((node) => (node.mode === 'LEAF' ? 0 : node.value))),
    post_transform: { kind: 'text', value: 'NONE' },
    target_ids: ints(leaves.map((node) => node.tree % model.baseScores.length)),
    target_nodeids: ints(leaves.map((node) => node.id)),
    target_treeids: ints(leaves.map((node) => node.tree)),
    target_weights: floats(leaves.map((node) => node.value)),
  }
}

function ints(values: readonly number[]): Attribute {
  return { kind: 'ints', values }
}

function floats(values: readonly number[]): Attribute {
  return { kind: 'floats', values }
}

/** Lays a tree out in preorder, so that every child comes behind its parent. */
function flattenTree(tree: Tree, treeIndex: number): EnsembleNode[] {
  const nodes: EnsembleNode[] = []
  const add = (node: Omit<EnsembleNode, 'tree' | 'id' | 'trueId' | 'falseId'>): EnsembleNode => {
    const added = { tree: treeIndex, id: nodes.length, trueId: 0, falseId: 0, ...node }
    nodes.push(added)
    return added
  }
  const visit = (index: number): number => {
    const feature = tree.feature[index]!
    const rows = tree.rowCount[index]!
    if (feature < 0) {
      const value = tree.value[index]!
      return add({ mode: 'LEAF', feature: 0, value, missingTrue: false, rows }).id
    }
    const missingTrue = tree.missingLeft[index] === 1
    const categories = tree.categories[index]
    const tests =
      categories === undefined
        ? [add({ mode: 'BRANCH_LEQ', feature, value: tree.threshold[index]!, missingTrue, rows })]
        : categories.map((value) => add({ mode: 'BRANCH_EQ', feature, value, missingTrue, rows }))
    const left = visit(tree.left[index]!)
    const right = visit(tree.right[index]!)
    tests.forEach((test, i) => {
      test.trueId = left
      test.falseId = tests[i + 1]?.id ?? right
    })
    return tests[0]!.id
  }
  visit(0)
  return nodes
}
