/** Random parameter files for the comparison with dvc: mostly right, often odd, some broken. */

import type { Random } from '../../src/core/random.ts'
import {
  keyWords,
  yamlKeys,
  yamlScalars,
  yamlBlocks,
  yamlMerges,
  yamlWholes,
  jsonKeys,
  jsonScalars,
  tomlKeys,
  tomlScalars,
  tomlTables,
  pythonTargets,
  pythonKeys,
  pythonScalars,
  pythonOthers,
} from './odd-texts.ts'
import {
  block,
  breakText,
  createDraw,
  flow,
  randomTree,
  type Draw,
  type Tree,
} from './random-draw.ts'

/** A parameter file and keys to look up in it. */
export interface ParameterFile {
  readonly files: Readonly<Record<string, string>>
  readonly path: string
  readonly keys: readonly string[]
  /** Whether a character was put in or taken out. */
  readonly isBroken: boolean
}

/** A parameter file of any kind, and keys that may be in it. */
export function randomParameterFile(random: Random): ParameterFile {
  const draw = createDraw(random)
  const kind = draw.pick(['yaml', 'yaml', 'json', 'toml', 'py'] as const)
  const path = draw.pick([
    `p.${kind}`,
    `p.${kind}`,
    `p.${kind}`,
    `P.${kind.toUpperCase()}`,
    `p.v2.${kind}`,
  ])
  const isBroken = draw.chance(0.15)
  const text = isBroken ? breakText(writers[kind](draw), draw) : writers[kind](draw)
  const keys = draw.times(3, () => draw.times(3, () => draw.pick(keyWords)).join('.'))
  return { files: { [path]: text }, path, keys, isBroken }
}

function writeYaml(draw: Draw): string {
  const key = (): string => draw.pick(yamlKeys)
  const leaf = (): string => draw.pick(yamlScalars)
  const entries = draw.times(5, (): string => {
    const tree = randomTree(draw, leaf, key)
    const name = draw.pick(['a', 'b', 'c', 'd', ...yamlKeys])
    if (draw.chance(0.05)) return `${name}: ${draw.pick(yamlBlocks)}`
    return draw.chance(0.5) ? `${name}:${block(tree, '  ')}` : `${name}: ${flow(tree)}\n`
  })
  const merge = draw.chance(0.1) ? draw.pick(yamlMerges) : ''
  return draw.chance(0.03) ? draw.pick(yamlWholes) : merge + entries.join('')
}

function writeJson(draw: Draw): string {
  const tree = randomTree(
    draw,
    () => draw.pick(jsonScalars),
    () => draw.pick(jsonKeys),
    0,
  )
  if (draw.chance(0.1)) return flow(tree)
  return flow(
    new Map(
      draw.times(4, () => [
        draw.pick(jsonKeys),
        randomTree(
          draw,
          () => draw.pick(jsonScalars),
          () => draw.pick(jsonKeys),
        ),
      ]),
    ),
    draw.pick([': ', ':', ' :\n']),
  )
}

function writeToml(draw: Draw): string {
  const entries = draw.times(
    4,
    () =>
      `${draw.pick(tomlKeys)} = ${flow(
        randomTree(
          draw,
          () => draw.pick(tomlScalars),
          () => draw.pick(tomlKeys),
        ),
        ' = ',
      )}\n`,
  )
  const tables = draw.times(
    2,
    () =>
      draw.pick(tomlTables) +
      draw.times(2, () => `${draw.pick(tomlKeys)} = ${draw.pick(tomlScalars)}\n`).join(''),
  )
  return entries.join('') + tables.join('')
}

function writePython(draw: Draw): string {
  const value = (): string =>
    flowPython(
      randomTree(
        draw,
        () => draw.pick(pythonScalars),
        () => draw.pick(pythonKeys),
      ),
      draw,
    )
  const statement = (indent: string): string => {
    const name = draw.pick(pythonTargets)
    return `${indent}${name} = ${value()}${draw.chance(0.1) ? ' # c' : ''}\n`
  }
  const parts = draw.times(5, () => {
    const kind = draw.random.nextInteger(8)
    if (kind < 4) return statement('')
    if (kind === 4) return `${draw.pick(pythonOthers)}\n`
    if (kind === 5)
      return `class ${draw.pick(['A', 'B', 'a'])}${draw.pick(['', '(Base)', '()'])}:\n  """doc"""\n${draw.times(3, () => statement('  ')).join('')}`
    const self = draw.times(
      3,
      () =>
        `    ${draw.pick(['self.x', 'self.y', 'self.a', 'x', 'other.x', 'self.a.b', 'self.z: int'])} = ${value()}\n`,
    )
    return `class K:\n  a = ${value()}\n  def __init__(self, lr: float = 0.1) -> None:\n    pass\n${self.join('')}\n  def other(self):\n    self.q = 1\n`
  })
  return parts.join('')
}

function flowPython(tree: Tree, draw: Draw): string {
  if (typeof tree === 'string') return tree
  if (!Array.isArray(tree))
    return flow(
      new Map(
        [...(tree as ReadonlyMap<string, Tree>)].map(([key, item]) => [
          key,
          flowPython(item, draw),
        ]),
      ),
    )
  const items = tree.map((item: Tree) => flowPython(item, draw))
  const kind = draw.random.nextInteger(6)
  if (kind === 0) return `(${items.join(', ')}${items.length === 1 ? ',' : ''})`
  if (kind === 1) return `(\n${items.map((item) => `  ${item},  # x\n`).join('')})`
  if (kind === 2 && items.length > 0 && !items.some((item) => /^[[{(]/.test(item)))
    return `{${items.join(', ')}}`
  return `[${items.join(',')}]`
}

const writers = { yaml: writeYaml, json: writeJson, toml: writeToml, py: writePython }
