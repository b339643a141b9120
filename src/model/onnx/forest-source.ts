import { findChains, nodesOfChain, type ForestChains } from './forest-chains.ts'
import type { Forest } from './forest.ts'

/**
 * Writes a forest as the body of a JavaScript function that returns its scorer: each tree is nested
 * conditions, and a loop over the rows. Nothing of a model becomes text but numbers, which come out of typed arrays
 * and so are numbers. Functions stay small, for engines do not optimize large ones: branches of many nodes
 * or levels become functions of their own, and so does what several nodes lead to, which stands there once.
 *
 * @returns `undefined` for a forest whose code would be too large, or call itself too deeply
 */
export function formatForest(forest: Forest): string | undefined {
  const { roots, feature } = forest
  if (feature.length > mostNodes) return undefined
  const plan = planFunctions(forest)
  if (plan.depth > deepest) return undefined
  const functions = [...feature.keys()]
    .filter((node) => plan.isFunction[node] === 1)
    .map((node) => `function n${node}(v,o){${formatNode(forest, plan, node)}}`)
  const targets = forest.base.length
  const loops = Array.from(roots, (root, tree) => {
    const sum = `s[r*${targets}+${forest.target[tree]!}]`
    return `function t${tree}(v,n,c,s){for(let r=0,o=0;r<n;r++,o+=c)${sum}+=n${root}(v,o)}`
  })
  const groups = Array.from({ length: Math.ceil(roots.length / treesPerGroup) }, (_, group) => {
    const start = group * treesPerGroup
    const calls = loops
      .slice(start, start + treesPerGroup)
      .map((_loop, i) => `t${start + i}(v,n,c,s)`)
    return `function g${group}(v,n,c,s){${calls.join(';')}}`
  })
  const all = groups.map((_, group) => `g${group}(v,n,c,s)`).join(';')
  return ['"use strict"', ...functions, ...loops, ...groups, `return (v,n,c,s)=>{${all}}`].join(
    '\n',
  )
}

/** Some megabytes of code. */
const mostNodes = 200_000
/** Levels of a tree: as many calls, if a function of its own stands at each. */
const deepest = 1000
const treesPerGroup = 64
/** Of what one function is cut from, in conditions and in levels. */
const largestFunction = { nodes: 300, height: 50 } as const
interface Plan {
  /** 1 for a node that begins a function, shape [nodes]. */
  readonly isFunction: Uint8Array
  readonly chains: ForestChains
  /** Levels of the deepest tree. */
  readonly depth: number
}

function planFunctions(forest: Forest): Plan {
  const { feature, trueNode } = forest
  const chains = findChains(forest)
  const { isReached, isFunction } = findShared(forest, chains)
  const size = new Uint32Array(feature.length)
  const height = new Uint32Array(feature.length)
  const depth = new Uint32Array(feature.length)
  for (let node = feature.length - 1; node >= 0; node--) {
    if (feature[node]! < 0 || isReached[node] === 0) continue
    const children = [trueNode[node]!, chains.end[node]!]
    const inside = children.filter((child) => isFunction[child] === 0)
    size[node] = inside.reduce((sum, child) => sum + size[child]!, chains.length[node]!)
    height[node] = 1 + inside.reduce((most, child) => Math.max(most, height[child]!), 0)
    depth[node] = 1 + children.reduce((most, child) => Math.max(most, depth[child]!), 0)
    const isLarge = size[node]! > largestFunction.nodes || height[node]! > largestFunction.height
    if (isLarge) isFunction[node] = 1
  }
  return { isFunction, chains, depth: depth.reduce((most, each) => Math.max(most, each), 0) }
}

/** Begins functions at the roots and at what several nodes lead to; a leaf is shorter than a call. */
function findShared(
  { feature, trueNode, roots }: Forest,
  { end }: ForestChains,
): { readonly isReached: Uint8Array; readonly isFunction: Uint8Array } {
  const isReached = new Uint8Array(feature.length)
  const isFunction = new Uint8Array(feature.length)
  for (const root of roots) {
    isReached[root] = 1
    isFunction[root] = 1
  }
  for (let node = 0; node < feature.length; node++) {
    if (isReached[node] === 0 || feature[node]! < 0) continue
    for (const child of [trueNode[node]!, end[node]!]) {
      if (isReached[child] === 1 && feature[child]! >= 0) isFunction[child] = 1
      isReached[child] = 1
    }
  }
  return { isReached, isFunction }
}

function formatNode(forest: Forest, plan: Plan, node: number): string {
  if (forest.feature[node]! < 0) return `return ${formatNumber(forest.leafValue[node]!)}`
  const goTo = (child: number): string =>
    plan.isFunction[child] === 1 ? `return n${child}(v,o)` : formatNode(forest, plan, child)
  const otherwise = plan.chains.end[node]!
  const condition = formatCondition(forest, plan.chains, node)
  return `if(${condition}){${goTo(forest.trueNode[node]!)}}else{${goTo(otherwise)}}`
}

function formatCondition(forest: Forest, chains: ForestChains, first: number): string {
  const x = `v[o+${forest.feature[first]!}]`
  if (forest.isEquality[first] === 0) return formatComparison(forest, first, x)
  const tests: string[] = []
  let hasMissing = false
  for (const node of nodesOfChain(forest, chains, first)) {
    tests.push(`${x}===${formatNumber(forest.threshold[node]!)}`)
    hasMissing ||= forest.missingTrue[node] === 1
  }
  return [...tests, ...(hasMissing ? [`${x}!==${x}`] : [])].join('||')
}

function formatComparison(forest: Forest, node: number, x: string): string {
  const limit = forest.threshold[node]!
  if (forest.missingTrue[node] === 0) return `${x}<=${formatNumber(limit)}`
  // Nothing is greater than NaN, and what is no number is not greater than anything.
  return Number.isNaN(limit) ? `${x}!==${x}` : `!(${x}>${formatNumber(limit)})`
}

/** A literal of the very number, also of those that JavaScript has names for, which code could redefine. */
function formatNumber(x: number): string {
  if (Number.isNaN(x)) return '(0/0)'
  if (x === Infinity) return '(1/0)'
  if (x === -Infinity) return '(-1/0)'
  return Object.is(x, -0) ? '-0' : String(x)
}
