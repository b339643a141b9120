import type { Forest, ForestScorer } from './forest.ts'

/**
 * Numbers of 32 bits that a node takes: the column tested, -1 at a leaf; the threshold; where to go when the test
 * holds, and when not. A leaf has its value, in 64 bits, in the place of the last two.
 */
const width = 4

/** Scores by walking one array, of which a step needs 16 bytes: a line of the processor's cache has them all. */
export function walkForest({ roots, target, base, ...nodes }: Forest): ForestScorer {
  const words = packNodes(nodes)
  const floats = new Float32Array(words.buffer)
  const doubles = new Float64Array(words.buffer)
  const starts = Int32Array.from(roots, (root) => root * width)
  const walk = (values: Float32Array, offset: number, root: number): number => {
    let at = root
    for (let column = words[at]!; column >= 0; column = words[at]!) {
      const x = values[offset + column]!
      const limit = floats[at + 1]!
      const step = words[at + 2]!
      const holds = (step & equality) === 0 ? x <= limit : x === limit
      const isTrue = holds || (Number.isNaN(x) && (step & missingIsTrue) !== 0)
      at = isTrue ? step & position : words[at + 3]!
    }
    return doubles[at / 2 + 1]!
  }
  return (values, rows, columns, sums) => {
    for (let tree = 0; tree < starts.length; tree++) {
      let sum = target[tree]!
      for (let r = 0; r < rows; r++) {
        sums[sum]! += walk(values, r * columns, starts[tree]!)
        sum += base.length
      }
    }
  }
}

/** Positions are multiples of the width, so that two bits are left in them for how a node tests. */
const equality = 2
const missingIsTrue = 1
const position = ~3

function packNodes(nodes: Omit<Forest, 'roots' | 'target' | 'base'>): Int32Array<ArrayBuffer> {
  const { feature, threshold, isEquality, missingTrue, trueNode, falseNode, leafValue } = nodes
  const words = new Int32Array(feature.length * width)
  const floats = new Float32Array(words.buffer)
  const doubles = new Float64Array(words.buffer)
  for (const [node, column] of feature.entries()) {
    const at = node * width
    words[at] = column
    if (column < 0) doubles[at / 2 + 1] = leafValue[node]!
    else {
      const how = isEquality[node]! * equality + missingTrue[node]! * missingIsTrue
      floats[at + 1] = threshold[node]!
      words[at + 2] = trueNode[node]! * width + how
      words[at + 3] = falseNode[node]! * width
    }
  }
  return words
}
