import { findChains, nodesOfChain, type ForestChains } from './forest-chains.ts'
import type { Forest, ForestScorer } from './forest.ts'

/**
 * Numbers of 32 bits that a node takes: the column tested, -1 at a leaf; the threshold, or a set of small whole
 * numbers; where to go when the test holds, and when not. A leaf has its value, in 64 bits, in the place of the last two.
 */
const width = 4

/** Scores by walking one array, of which a step needs 16 bytes: a line of the processor's cache has them all. */
export function walkForest(forest: Forest): ForestScorer {
  const { target, base } = forest
  const { words, starts } = packNodes(forest)
  const floats = new Float32Array(words.buffer)
  const doubles = new Float64Array(words.buffer)
  const walk = (values: Float32Array, offset: number, root: number): number => {
    let at = root
    for (let column = words[at]!; column >= 0; column = words[at]!) {
      const x = values[offset + column]!
      const step = words[at + 2]!
      const otherwise = words[at + 3]!
      let holds: boolean
      if ((step & equality) === 0) holds = x <= floats[at + 1]!
      else if ((otherwise & isSet) === 0) holds = x === floats[at + 1]!
      else holds = isInSet(words[at + 1]!, x)
      const isTrue = holds || (Number.isNaN(x) && (step & missingIsTrue) !== 0)
      at = (isTrue ? step : otherwise) & position
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

/** Positions are multiples of the width, so that two bits are left in each of them for how a node tests. */
const equality = 2
const missingIsTrue = 1
const isSet = 1
const position = ~3

/** Bit k of a set is the number k - 16. */
const bitOfZero = 16

function isInSet(set: number, x: number): boolean {
  const whole = x | 0
  const bit = whole + bitOfZero
  return whole === x && bit >= 0 && bit < 32 && ((set >>> bit) & 1) === 1
}

interface Packed {
  readonly words: Int32Array<ArrayBuffer>
  /** Of each tree the position of its root. */
  readonly starts: Int32Array
}

function packNodes(forest: Forest): Packed {
  const { roots, feature, threshold, isEquality, missingTrue, trueNode, leafValue } = forest
  const chains = findSets(forest)
  const places = placeNodes(forest, chains)
  const words = new Int32Array(feature.length * width)
  const floats = new Float32Array(words.buffer)
  const doubles = new Float64Array(words.buffer)
  for (const [node, column] of feature.entries()) {
    const at = places[node]!
    if (at < 0) continue
    words[at] = column
    if (column < 0) {
      doubles[at / 2 + 1] = leafValue[node]!
      continue
    }
    const chain = nodesOfChain(forest, chains, node)
    const isMissingTrue = chain.some((each) => missingTrue[each] === 1)
    const how = isEquality[node]! * equality + Number(isMissingTrue) * missingIsTrue
    words[at + 2] = places[trueNode[node]!]! + how
    words[at + 3] = places[chains.end[node]!]! + Number(chain.length > 1) * isSet
    if (chain.length === 1) floats[at + 1] = threshold[node]!
    else words[at + 1] = chain.reduce((set, each) => set | bitOf(threshold[each]!), 0)
  }
  return { words, starts: Int32Array.from(roots, (root) => places[root]!) }
}

function bitOf(value: number): number {
  return 1 << (value + bitOfZero)
}

/** The chains whose values fit into a set; all other nodes stand alone. */
function findSets(forest: Forest): ForestChains {
  const { end, length } = findChains(forest)
  const { threshold, falseNode } = forest
  const isSmall = threshold.map((value) => Number(isInSet(-1, value)))
  for (let node = threshold.length - 1; node >= 0; node--) {
    const next = falseNode[node]!
    if (length[node] === 1) continue
    // What follows was looked at before: where it stands alone, this chain would end in its middle.
    const isWhole = isSmall[node] === 1 && isSmall[next] === 1 && length[next]! + 1 === length[node]
    if (isWhole) continue
    length[node] = 1
    end[node] = next
  }
  return { end, length }
}

/** Where each node lies that a row comes to, in the file's order, -1 for one in a chain that begins before it. */
function placeNodes({ roots, feature, trueNode }: Forest, { end }: ForestChains): Int32Array {
  const isReached = new Uint8Array(feature.length)
  for (const root of roots) isReached[root] = 1
  const places = new Int32Array(feature.length).fill(-1)
  let count = 0
  for (let node = 0; node < feature.length; node++) {
    if (isReached[node] === 0) continue
    places[node] = width * count++
    if (feature[node]! < 0) continue
    isReached[trueNode[node]!] = 1
    isReached[end[node]!] = 1
  }
  return places
}
