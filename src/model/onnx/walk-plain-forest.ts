import type { Forest, ForestScorer } from './forest.ts'

/**
 * Numbers of 32 bits that a node takes. The first has, in its low bits, the place of the value tested, and above them the
 * distance to the child where the test fails; the child where it holds lies before that one. The second is the threshold.
 * A leaf tests a value that is below everything, stays where it is, and has its own value in the place of a threshold.
 */
const width = 2

/**
 * Scores by walking eight trees at once and without a branch: which way a row goes is computed, not guessed by the processor, which
 * is wrong at every other node of rows that it has not seen. A node has 8 bytes, siblings lie side by side, and the levels of a tree one after the
 * other: few lines of the processor's cache hold a path.
 *
 * @returns undefined for trees that do not fit: that test for equality, tell a missing threshold, lead by many ways to one node, have leaves
 * beyond 32 bits, or more columns and nodes than a number has bits for
 */
export function walkPlainForest(forest: Forest): ForestScorer | undefined {
  const packed = packNodes(forest)
  if (packed === undefined) return undefined
  const { columns, target, base } = forest
  const { words, starts, columnBits } = packed
  const numbers = new Float32Array(words.buffer)
  const columnMask = 2 ** columnBits - 1
  // A row twice, as it is, and for nodes at which a missing value takes the branch of a test that holds; then what leaves test.
  const row = new Float32Array(2 * columns + 1).fill(-Infinity)
  const step = (at: number): number => {
    const word = words[at]!
    const holds = Number(row[word & columnMask]! <= numbers[at + 1]!)
    return at + (word >>> columnBits) - width * holds
  }
  const walkEight = (tree: number, sums: Float64Array, first: number): void => {
    let [a, b, c, d] = [starts[tree]!, starts[tree + 1]!, starts[tree + 2]!, starts[tree + 3]!]
    let [e, f, g, h] = [starts[tree + 4]!, starts[tree + 5]!, starts[tree + 6]!, starts[tree + 7]!]
    // Children lie behind their parents, and a leaf leads to itself.
    for (let before = -1, now = 0; before !== now;) {
      before = now
      a = step(a)
      b = step(b)
      c = step(c)
      d = step(d)
      e = step(e)
      f = step(f)
      g = step(g)
      h = step(h)
      now = a + b + c + d + e + f + g + h
    }
    // In the trees' order: of floats, another order gives other sums.
    sums[first + target[tree]!]! += numbers[a + 1]!
    sums[first + target[tree + 1]!]! += numbers[b + 1]!
    sums[first + target[tree + 2]!]! += numbers[c + 1]!
    sums[first + target[tree + 3]!]! += numbers[d + 1]!
    sums[first + target[tree + 4]!]! += numbers[e + 1]!
    sums[first + target[tree + 5]!]! += numbers[f + 1]!
    sums[first + target[tree + 6]!]! += numbers[g + 1]!
    sums[first + target[tree + 7]!]! += numbers[h + 1]!
  }
  const walkOne = (tree: number, sums: Float64Array, first: number): void => {
    let at = starts[tree]!
    for (let before = -1; before !== at;) {
      before = at
      at = step(at)
    }
    sums[first + target[tree]!]! += numbers[at + 1]!
  }
  return (values, rows, valuesPerRow, sums) => {
    for (let r = 0; r < rows; r++) {
      for (let column = 0; column < columns; column++) {
        const x = values[r * valuesPerRow + column]!
        row[column] = x
        row[columns + column] = Number.isNaN(x) ? -Infinity : x
      }
      const first = r * base.length
      let tree = 0
      for (; tree + 8 <= starts.length; tree += 8) walkEight(tree, sums, first)
      for (; tree < starts.length; tree++) walkOne(tree, sums, first)
    }
  }
}

interface PackedForest {
  readonly words: Int32Array<ArrayBuffer>
  /** Of each tree the position of its root. */
  readonly starts: Int32Array
  /** Low bits of a node's first number that name a value of the row. */
  readonly columnBits: number
}

function packNodes(forest: Forest): PackedForest | undefined {
  const { columns, feature, threshold, isEquality, missingTrue, leafValue } = forest
  if (isEquality.some((each) => each !== 0) || columns > mostColumns) return undefined
  const order = orderNodes(forest)
  if (order === undefined) return undefined
  const { nodes, distances } = order
  const columnBits = 32 - Math.clz32(2 * columns)
  const words = new Int32Array(nodes.length * width)
  const numbers = new Float32Array(words.buffer)
  for (const [place, node] of nodes.entries()) {
    const column = feature[node]!
    const isLeaf = column < 0
    const number = isLeaf ? leafValue[node]! : threshold[node]!
    const tested = isLeaf ? 2 * columns : column + missingTrue[node]! * columns
    // Distances are to the child where the test fails; a leaf's test holds.
    const distance = isLeaf ? width : distances[place]! * width
    if (Math.fround(number) !== number || distance >= 2 ** (32 - columnBits)) return undefined
    words[place * width] = distance * 2 ** columnBits + tested
    numbers[place * width + 1] = number
  }
  const starts = Int32Array.from(order.roots, (root) => root * width)
  return { words, starts, columnBits }
}

/** So that a number has bits left for distances. */
const mostColumns = 2 ** 16

interface NodeOrder {
  /** Nodes of the forest, shape [places]. */
  readonly nodes: readonly number[]
  /** How many places behind a node the child lies to which a test that fails leads; 0 of leaves. */
  readonly distances: readonly number[]
  /** Where each tree begins. */
  readonly roots: readonly number[]
}

/** Level by level; a node to which several ways lead stands there for each, unless that makes twice as many. */
function orderNodes({ roots, feature, trueNode, falseNode }: Forest): NodeOrder | undefined {
  const nodes: number[] = []
  const distances: number[] = []
  const starts: number[] = []
  for (const root of roots) {
    starts.push(nodes.length)
    nodes.push(root)
    for (let place = nodes.length - 1; place < nodes.length; place++) {
      const node = nodes[place]!
      if (feature[node]! >= 0) nodes.push(trueNode[node]!, falseNode[node]!)
      distances.push(feature[node]! < 0 ? 0 : nodes.length - 1 - place)
      if (nodes.length > 2 * feature.length) return undefined
    }
  }
  return { nodes, distances, roots: starts }
}
