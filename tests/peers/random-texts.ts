/** Random values, texts with expressions, and `vars`: what random pipelines are made of. */

import { oddExpressions, texts } from './odd-texts.ts'
import { flow, randomTree, type Draw, type Tree } from './random-draw.ts'

const values: Readonly<Record<string, readonly string[]>> = {
  scalar: [
    '"x"',
    '"a b"',
    '"it\'s"',
    '""',
    '"\\\\${a}"',
    '"${a}"',
    '"p/q.txt"',
    '1',
    '0',
    '-3',
    '2.5',
    '1e-7',
    '1.0',
    '123456789012345678901234567890',
    '"true"',
    '"1"',
    '"a@b"',
    '"é"',
    '"$HOME"',
    '"a\\nb"',
    '"*"',
  ],
  yaml: ['true', 'false', 'null', '.inf', '-.inf', '.nan', '1e400', '~', '1_000', '017', 'yes'],
  json: ['true', 'false', 'null', 'NaN', 'Infinity', '-0', '1E5'],
  toml: ['true', 'false', 'inf', 'nan', '0x1F', '1_000'],
  py: ['True', 'False', 'None', '0x1F', '1_000', '-1', "'q'"],
}

/** What may stand in a map: how often, and what. */
export type Choice = readonly [key: string, share: number, make: () => Tree]
/** A map with some of the choices. */
export function chooseKeys(draw: Draw, choices: readonly Choice[]): ReadonlyMap<string, Tree> {
  const chosen = choices.filter(([, share]) => draw.chance(share))
  return new Map(chosen.map(([key, , make]) => [key, make()]))
}

/** The kinds of parameter file. */
export type Kind = 'yaml' | 'json' | 'toml' | 'py'

/** A parameter file that gives some of the names a value. */
export function writeValues(draw: Draw, kind: Kind, names: readonly string[]): string {
  const leaf = (): string => draw.pick(draw.chance(0.6) ? values['scalar']! : values[kind]!)
  const key =
    kind === 'toml'
      ? (): string => draw.pick(['p', 'q', 'r', 'a-b'])
      : (): string => JSON.stringify(draw.pick(['p', 'q', 'r', 'a b', 'a.b', '0']))
  const colon = kind === 'toml' ? ' = ' : ': '
  const present = names.filter((name) =>
    texts.includes(name) ? !draw.odd(0.05) : draw.chance(0.75),
  )
  const entries = present.map((name): [string, Tree] => {
    if (texts.includes(name) && !draw.odd(0.1)) return [name, leaf()]
    if (name === 'l') return [name, draw.times(4, leaf)]
    if (name === 'm') return [name, new Map(draw.times(3, () => [key(), leaf()]))]
    if (name === 'lists') return [name, draw.times(3, () => draw.times(2, leaf))]
    if (name === 'maps')
      return [name, draw.times(2, () => new Map(draw.times(2, () => [key(), leaf()])))]
    if (name === 'nested') return [name, randomTree(draw, leaf, key)]
    return [name, draw.chance(0.8) ? leaf() : randomTree(draw, leaf, key, 1)]
  })
  if (kind === 'json')
    return flow(new Map(entries.map(([name, tree]) => [JSON.stringify(name), tree])))
  const lines = entries.map(
    ([name, tree]) => `${name}${kind === 'yaml' ? ': ' : ' = '}${flow(tree, colon)}\n`,
  )
  return lines.join('')
}

/** A text that is `${…}` alone. */
export function expression(draw: Draw): string {
  if (draw.odd(0.2)) return `\${${draw.pick(oddExpressions)}}`
  return `\${${draw.pick([...texts, ...texts, ' a ', ...draw.names])}}`
}

/** A text in quotes with expressions in it. */
export function mixedText(draw: Draw): string {
  const parts = draw.times(3, () =>
    draw.chance(0.4)
      ? expression(draw)
      : draw.pick(['x', 'data/', '.txt', '-', '\\', '$', '${', '}', ' ', 'é', '\\${b}']),
  )
  return JSON.stringify(parts.join('') || 'plain')
}

/** A path in quotes, most often without expressions. */
export function plainText(draw: Draw): string {
  return draw.chance(0.5)
    ? mixedText(draw)
    : JSON.stringify(draw.pick(['in.txt', 'data', './a/../b', 'sub/x', '/abs/p', '../up']))
}

/** One entry of `vars`. */
export function randomVars(
  draw: Draw,
  i: number,
  prefix: string,
  files: Readonly<Record<string, string>>,
): Tree {
  const kind = draw.random.nextInteger(10)
  if (draw.odd(0.2)) {
    if (kind < 6)
      return JSON.stringify(
        draw.pick([
          './v.yaml',
          'v.yaml:nope',
          'params.yaml',
          'params.yaml:a',
          '../v.yaml',
          'missing.yaml',
          '../params.yaml',
          'v.yaml:',
          'sub/../v.json',
        ]),
      )
    return new Map<string, Tree>([
      [
        draw.pick(['m', 'a', 'item', 'key', 'nested', '1']),
        draw.pick([new Map([['z', '1']]), '5', '"${a}"', '2020-01-01', new Map([['p', '1']])]),
      ],
    ])
  }
  const present = Object.keys(files).filter((path) => path !== 'params.yaml')
  if (kind < 6 && present.length > 0) {
    const path = draw.pick(present)
    const keys = draw.chance(0.2) ? `:${path.split('.')[1]}A` : ''
    return JSON.stringify(path + keys)
  }
  return new Map<string, Tree>([
    [
      `${prefix}${i}`,
      draw.chance(0.5)
        ? draw.pick(values['scalar']!)
        : new Map([['p', draw.pick(values['scalar']!)]]),
    ],
  ])
}
