/** Random pipelines for the comparison with dvc: mostly right, often odd, some broken. */

import type { Random } from '../../src/core/random.ts'
import { parameterNames, plain } from './odd-texts.ts'
import { breakText, createDraw, flow, type Draw, type Tree } from './random-draw.ts'
import { randomStage } from './random-stages.ts'
import {
  chooseKeys,
  expression,
  mixedText,
  randomVars,
  writeValues,
  type Kind,
} from './random-texts.ts'

/** A `dvc.yaml` with the files it needs. */
export interface Document {
  readonly files: Readonly<Record<string, string>>
  /** Of the settings: `parsing.bool` and `parsing.list`. */
  readonly parsing: Readonly<Record<string, string>>
  readonly isBroken: boolean
}

/** A pipeline with `vars`, `foreach`, `matrix`, maps in commands, and what stands at the top. */
export function randomDocument(random: Random): Document {
  const draw = createDraw(random)
  const files = randomFiles(draw)
  const isBroken = draw.odd(0.2)
  const text = flow(randomSections(draw, files))
  files['dvc.yaml'] = isBroken ? breakText(text, draw) : text
  const bool = draw.chance(0.3) ? { bool: draw.pick(['boolean_optional', 'store_true']) } : {}
  const list = draw.chance(0.3) ? { list: draw.pick(['append', 'nargs']) } : {}
  return { files, parsing: { ...bool, ...list }, isBroken }
}

function randomFiles(draw: Draw): Record<string, string> {
  const files: Record<string, string> = {}
  if (draw.chance(0.95)) files['params.yaml'] = writeValues(draw, 'yaml', parameterNames)
  for (const path of ['v.yaml', 'v.json', 'v.toml', 'v.py', 'sub/v.yaml'].filter(() =>
    draw.chance(0.6),
  )) {
    const kind = path.split('.')[1] as Kind
    const names = ['A', 'B', 'C'].map((letter) => kind + letter)
    files[path] = writeValues(draw, kind, draw.chance(0.2) ? [...names, 'm'] : names)
  }
  return files
}

function randomSections(draw: Draw, files: Readonly<Record<string, string>>): Tree {
  const texts = (): Tree => draw.times(2, () => mixedText(draw))
  return chooseKeys(draw, [
    ['vars', 0.5, () => draw.times(3, (i) => randomVars(draw, i, 'v', files))],
    ['stages', 1, () => randomStages(draw, files)],
    ['metrics', 0.3, texts],
    ['params', 0.2, texts],
    ['plots', 0.3, () => draw.times(3, () => randomPlot(draw))],
    ['artifacts', 0.2, () => new Map(draw.times(2, () => [mixedText(draw), randomArtifact(draw)]))],
    [
      draw.pick(['datasets', 'extra', 'metric']),
      draw.odd(0.1) ? 1 : 0,
      () => draw.pick(['[]', '[{name: x, type: dvc}]', '{}', '', '["${nope}"]']),
    ],
  ])
}

function randomStages(draw: Draw, files: Readonly<Record<string, string>>): Tree {
  const entries = draw.times(4, (i): [string, Tree] => [
    stageName(draw, i),
    randomEntry(draw, i, files),
  ])
  draw.names = []
  return new Map(entries)
}

function stageName(draw: Draw, i: number): string {
  return draw.odd(0.2) ? draw.pick(['s@x', '${a}', `s ${i}`, '1', "''"]) : `s${i}`
}

function randomEntry(draw: Draw, i: number, files: Readonly<Record<string, string>>): Tree {
  const kind = draw.random.nextInteger(10)
  draw.names = []
  if (kind < 5) return randomStage(draw, i, files)
  if (kind < 8) {
    const [over, names] = randomForeach(draw)
    draw.names = names
    const entries: [string, Tree][] = [
      ['foreach', over],
      ['do', randomStage(draw, i, files)],
    ]
    return new Map(
      draw.odd(0.1) ? [...entries.slice(draw.random.nextInteger(2)), ['deps', '[]']] : entries,
    )
  }
  const axes = new Map(
    draw.times(3, (axis): [string, Tree] => [
      draw.odd(0.2) ? draw.pick(['x', '"q${a}"', '"${a}"', '1']) : ['x', 'y', 'z'][axis]!,
      randomAxis(draw),
    ]),
  )
  draw.names = [
    'key',
    ...(axes.has('x') ? ['item.x', 'item.x'] : []),
    ...(axes.has('y') ? ['item.y'] : []),
  ]
  return new Map<string, Tree>([['matrix', axes], ...randomStage(draw, i, files)])
}

function foreachItem(draw: Draw): Tree {
  if (draw.odd(0.1))
    return draw.pick<Tree>([
      '2020-01-01',
      new Map<string, Tree>([
        ['x', '"${l}"'],
        ['1', 'a'],
      ]),
      '"a@b"',
      "''",
    ])
  return draw.pick<Tree>([
    mixedText(draw),
    JSON.stringify(expression(draw)),
    '1',
    '2.5',
    'true',
    'null',
    'b c',
    '"${t}"',
    '1.0',
    "'1'",
    'x',
    'y',
    '-0.0',
    '1e-7',
  ])
}

function randomForeach(draw: Draw): [Tree, readonly string[]] {
  const kind = draw.random.nextInteger(9)
  draw.names = []
  if (draw.odd(0.1))
    return [JSON.stringify(draw.pick(['${a}', 'abc', '${nope}', '${nested}', '${lists}'])), plain]
  if (kind < 3) return [draw.times(3, () => foreachItem(draw)), plain]
  if (kind === 3)
    return [
      draw.times(
        3,
        () =>
          new Map<string, Tree>([
            ['x', foreachItem(draw)],
            ['y', [foreachItem(draw)]],
          ]),
      ),
      ['item.x', 'item.y[0]'],
    ]
  if (kind === 4) return [draw.times(3, () => [foreachItem(draw)]), ['item[0]', 'item.0']]
  if (kind === 5)
    return [
      new Map(
        draw.times(3, (): [string, Tree] => [
          draw.odd(0.1) ? '"${a}"' : draw.pick(['u', 'v', '1', 'true', '"k${a}"', 'null', '2.5']),
          foreachItem(draw),
        ]),
      ),
      ['item', 'key'],
    ]
  return draw.chance(0.5) ? ['"${l}"', plain] : ['"${m}"', ['item', 'key']]
}

function randomAxis(draw: Draw): Tree {
  draw.names = []
  if (draw.odd(0.1)) return draw.pick<Tree>(['"${a}"', '1', new Map([['a', '1']]), '"${maps}"'])
  if (draw.chance(0.6)) return draw.times(3, () => foreachItem(draw))
  return draw.pick<Tree>([
    '"${l}"',
    '"${l}"',
    '"${m}"',
    'abc',
    '"x${a}"',
    [['1', '2'], new Map([['p', 'q']])],
    [],
  ])
}

function randomPlot(draw: Draw): Tree {
  if (draw.chance(0.4)) return mixedText(draw)
  const fields = draw.times(3, (): [string, Tree] =>
    draw.pick<[string, Tree]>([
      ['x', 'q'],
      ['x', '{f.csv: q}'],
      ['y', '[a, b]'],
      ['y', 'a'],
      ['y', '{f.csv: [a], g.csv: b}'],
      ['title', mixedText(draw)],
      ['template', 'linear'],
      ...(draw.odd(0.3)
        ? ([
            ['x_label', '5'],
            ['bad', 'x'],
          ] as [string, Tree][])
        : []),
      ['y', '"x${a}"'],
      ['y', '{"x${a}": "y${b}"}'],
    ]),
  )
  return new Map([
    [
      mixedText(draw),
      draw.chance(0.8) ? new Map(fields) : draw.odd(0.3) ? '5' : draw.pick(['', '{}']),
    ],
  ])
}

function randomArtifact(draw: Draw): Tree {
  const fields = draw.times(3, (): [string, Tree] =>
    draw.pick<[string, Tree]>([
      ['type', 'model'],
      ['desc', mixedText(draw)],
      ['labels', '[a, "${a}"]'],
      ['meta', '{d: 2020-01-01, e: "${a}"}'],
      ...(draw.odd(0.3)
        ? ([
            ['labels', 'a'],
            ['foo', '1'],
          ] as [string, Tree][])
        : []),
    ]),
  )
  return new Map<string, Tree>([
    ...(!draw.odd(0.1) ? [['path', mixedText(draw)] as [string, Tree]] : []),
    ...fields,
  ])
}
