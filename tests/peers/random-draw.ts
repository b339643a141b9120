/** Random choices and trees of text. */

import type { Random } from '../../src/core/random.ts'

/** Random choices. */
export interface Draw {
  /** What else there is to name where the text is going to stand. */
  names: readonly string[]
  readonly random: Random
  pick<T>(from: readonly T[]): T
  chance(share: number): boolean
  times<T>(max: number, make: (i: number) => T): T[]
  /** True now and then, but never in most documents, so that many of them are right. */
  odd(share: number): boolean
}

/** Creates the choices that one stream of numbers makes. */
export function createDraw(random: Random): Draw {
  const oddness = random.next() < 0.6 ? 0 : 1
  const draw: Draw = {
    names: [],
    random,
    pick: (from) => from[random.nextInteger(from.length)]!,
    chance: (share) => random.next() < share,
    odd: (share) => random.next() < share * oddness,
    times: (max, make) => Array.from({ length: random.nextInteger(max + 1) }, (_, i) => make(i)),
  }
  return draw
}

/** Text, or lists and maps of it. */
export type Tree = string | readonly Tree[] | ReadonlyMap<string, Tree>

/** A random tree that is four deep at most. */
export function randomTree(draw: Draw, leaf: () => string, key: () => string, depth = 0): Tree {
  const kind = draw.random.nextInteger(depth > 2 ? 1 : 4)
  if (kind < 2) return leaf()
  if (kind === 2) return draw.times(3, () => randomTree(draw, leaf, key, depth + 1))
  return new Map(draw.times(3, () => [key(), randomTree(draw, leaf, key, depth + 1)]))
}

/** The tree in brackets, as YAML, JSON, TOML or Python has it. */
export function flow(tree: Tree, colon = ': '): string {
  if (typeof tree === 'string') return tree
  if (Array.isArray(tree)) return `[${tree.map((item: Tree) => flow(item, colon)).join(', ')}]`
  const entries = [...(tree as ReadonlyMap<string, Tree>)]
  return `{${entries.map(([key, value]) => `${key}${colon}${flow(value, colon)}`).join(', ')}}`
}

/** The tree in lines, as YAML has it. */
export function block(tree: Tree, indent: string): string {
  if (typeof tree === 'string') return ` ${tree}\n`
  if (Array.isArray(tree)) {
    if (tree.length === 0) return ' []\n'
    return `\n${tree.map((item: Tree) => `${indent}-${block(item, `${indent}  `)}`).join('')}`
  }
  const entries = [...(tree as ReadonlyMap<string, Tree>)]
  if (entries.length === 0) return ' {}\n'
  return `\n${entries.map(([key, value]) => `${indent}${key}:${block(value, `${indent}  `)}`).join('')}`
}

/** The text with a character put in or taken out. */
export function breakText(text: string, draw: Draw): string {
  const at = draw.random.nextInteger(text.length + 1)
  const piece = draw.pick([
    '',
    '',
    ' ',
    ',',
    ':',
    '"',
    "'",
    '[',
    ']',
    '{',
    '}',
    '\n',
    '=',
    '(',
    ')',
    '#',
    '\t',
    '-',
    '&a ',
    '*a',
  ])
  return text.slice(0, at) + piece + text.slice(at + draw.random.nextInteger(2))
}
