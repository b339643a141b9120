import type { Forest, ForestScorer } from './forest.ts'

/** Scores by walking the arrays: slower than code, but it runs also where none may be generated. */
export function walkForest(forest: Forest): ForestScorer {
  const { roots, target, feature, threshold, isEquality, missingTrue, trueNode, falseNode } = forest
  const { leafValue, base } = forest
  const walk = (values: Float32Array, offset: number, root: number): number => {
    let node = root
    while (feature[node]! >= 0) {
      const x = values[offset + feature[node]!]!
      const limit = threshold[node]!
      const holds = isEquality[node] === 1 ? x === limit : x <= limit
      const isTrue = holds || (Number.isNaN(x) && missingTrue[node] === 1)
      node = isTrue ? trueNode[node]! : falseNode[node]!
    }
    return leafValue[node]!
  }
  return (values, rows, columns, sums) => {
    for (let tree = 0; tree < roots.length; tree++) {
      let sum = target[tree]!
      for (let r = 0; r < rows; r++) {
        sums[sum]! += walk(values, r * columns, roots[tree]!)
        sum += base.length
      }
    }
  }
}
