/**
 * A tree as explanations walk it, one entry a node: node 0 is the root and
 * every child comes behind its parent.
 */
export interface ExplainedTree {
  /** The column that parts the node, -1 at a leaf. Shape [nodes]. */
  readonly feature: Int32Array
  /** A number goes left when `x <= threshold`. Shape [nodes]. */
  readonly threshold: Float32Array
  /** The codes that go left; `undefined` where a threshold parts. Shape [nodes]. */
  readonly categories: readonly (ReadonlySet<number> | undefined)[]
  /** 1 when a missing value goes left. Shape [nodes]. */
  readonly missingLeft: Uint8Array
  /** Child nodes, -1 at a leaf. Shape [nodes]. */
  readonly left: Int32Array
  readonly right: Int32Array
  /** What a leaf adds to the score, 0 elsewhere. Shape [nodes]. */
  readonly value: Float64Array
  /** Rows of the fit that came by. Shape [nodes]. */
  readonly rowCount: Float64Array
}

/** Whether a value goes left at a node. */
export function goesLeft(tree: ExplainedTree, node: number, value: number): boolean {
  if (Number.isNaN(value)) return tree.missingLeft[node] === 1
  const categories = tree.categories[node]
  return categories === undefined ? value <= tree.threshold[node]! : categories.has(value)
}
