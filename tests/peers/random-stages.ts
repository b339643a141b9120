/** Random stages for the comparison with dvc. */

import {
  chooseKeys,
  expression,
  mixedText,
  plainText,
  randomVars,
  type Choice,
} from './random-texts.ts'
import type { Draw, Tree } from './random-draw.ts'

/** One stage, or the template of a group. */
export function randomStage(
  draw: Draw,
  i: number,
  files: Readonly<Record<string, string>>,
): ReadonlyMap<string, Tree> {
  const outputs = ['outs', 'metrics', 'plots'].map((key): Choice => [
    key,
    0.25,
    () => draw.times(2, (j) => randomOutput(draw, `${key}${i}${j}`, key)),
  ])
  const oddFolders = ['"${a}"', '"s${n}"', '../x', '5']
  return chooseKeys(draw, [
    ['cmd', draw.odd(0.05) ? 0 : 1, () => randomCommand(draw)],
    ['wdir', 0.15, () => draw.pick(draw.odd(0.3) ? oddFolders : ['sub', '.', '"sub"', 'sub/'])],
    ['deps', 0.5, () => draw.times(3, () => plainText(draw))],
    ['params', 0.4, () => draw.times(3, () => randomRequest(draw))],
    [
      'vars',
      0.15,
      () => draw.times(2, (j) => randomVars(draw, j, 'w', draw.chance(0.1) ? files : {})),
    ],
    ...outputs,
    ['frozen', 0.05, () => (draw.odd(0.5) ? '"${t}"' : draw.pick(['true', 'false']))],
    ['always_changed', 0.05, () => (draw.odd(0.5) ? '1' : 'true')],
    ['desc', 0.1, () => (draw.odd(0.5) ? '5' : mixedText(draw))],
    ['meta', 0.15, () => randomMeta(draw)],
    [draw.pick(['foo', 'dep', 'Cmd']), draw.odd(0.05) ? 1 : 0, () => '1'],
  ])
}

function randomCommand(draw: Draw): Tree {
  if (draw.odd(0.15)) return draw.pick(['"${nested}"', '"go ${nested}"', '"go ${item}"', '5'])
  return draw.pick<Tree>([
    mixedText(draw),
    mixedText(draw),
    '"run ${m} end"',
    '"x"',
    [mixedText(draw), '"x ${maps[0]} "'],
    '"a\\nb"',
    '" x"',
  ])
}

function randomMeta(draw: Draw): Tree {
  const map = new Map([
    ['q', mixedText(draw)],
    ['1', '"${a}"'],
    ['"${n}"', 'z'],
  ])
  return draw.pick<Tree>([mixedText(draw), '5', '2020-01-01', map, 'null'])
}

function randomRequest(draw: Draw): Tree {
  if (draw.chance(0.5))
    return draw.chance(0.5) ? draw.pick(['a', 'l.0', 'm.*', 'nested.p']) : mixedText(draw)
  const keys = draw.odd(0.3)
    ? draw.pick<Tree>(['5', 'abc', '{a: 1}', '[5]'])
    : draw.pick<Tree>(['', '[]', '[yamlA, m]', "''", '0', '{}', 'false', '["x${a}"]'])
  return new Map<string, Tree>([
    [draw.pick(['v.yaml', 'v.toml', 'v.py', '"v${a}"', 'v.json']), keys],
  ])
}

function randomOutput(draw: Draw, name: string, key: string): Tree {
  const path = draw.chance(0.7)
    ? JSON.stringify(`${name}${draw.chance(0.3) ? expression(draw) : ''}`)
    : mixedText(draw)
  if (draw.chance(0.5)) return path
  const flags = draw.times(2, (): [string, Tree] =>
    draw.odd(0.2)
      ? draw.pick<[string, Tree]>([
          ['cache', '"${t}"'],
          ['labels', 'a'],
          ['type', '5'],
          ['bad', '1'],
          ['x', 'q'],
        ])
      : draw.pick<[string, Tree]>([
          ['cache', 'false'],
          ['persist', 'true'],
          ['desc', mixedText(draw)],
          ['push', 'false'],
          ['remote', 'r'],
          ['labels', '[a]'],
          ['meta', '{a: 2020-01-01}'],
          ['checkpoint', 'true'],
          ...(key === 'plots'
            ? ([
                ['x', 'q'],
                ['header', 'false'],
                ['template', mixedText(draw)],
              ] as [string, Tree][])
            : []),
        ]),
  )
  return new Map([[path, draw.odd(0.1) ? '' : new Map(flags)]])
}
