/** A random modelled repository: small, with as many odd things as a real one has in a year. */

import { posix } from 'node:path'
import type { Draw } from '../random-draw.ts'
import {
  memberPath,
  memberSuffixes,
  type Group,
  type Model,
  type ModelOutput,
  type ModelParameters,
  type ModelPipeline,
  type ModelStage,
  type ModelValues,
} from './model.ts'

/** Creates a repository with one to three `dvc.yaml` and two to eight stages. */
export function randomModel(draw: Draw): Model {
  const folders = draw.pick([[''], [''], ['', 'sub'], ['sub', 'sub/deep er'], ['', 'sub', 'é']])
  const model: Model = {
    pipelines: folders.map((folder) => ({
      folder,
      stages: [],
      comment: draw.pick(['', '', '# a comment\n', '# one\n\n']),
      isNeat: draw.chance(0.6),
    })),
    values: [],
    sources: randomSources(draw),
    links: new Map(),
    executables: [],
    data: [],
  }
  if (draw.chance(0.3)) model.executables.push([...model.sources.keys()][0]!)
  if (draw.chance(0.2)) model.links.set('a link.txt', [...model.sources.keys()][0]!)
  if (draw.chance(0.3)) model.sources.set('.dvcignore', '# ignored\n*.tmp\n')
  if (draw.chance(0.3)) model.sources.set('.gitignore', draw.pick(['*.log', '/x\n', '# c\r\n']))
  model.data.push(...randomData(model, draw))
  const count = 2 + draw.random.nextInteger(5)
  for (let i = 0; i < count; i++) addRandomStage(model, draw.pick(model.pipelines), draw)
  return model
}

const fileNames = [
  'in.txt',
  'b c.csv',
  'é ü.txt',
  '[x].txt',
  'q?*.txt',
  "it's.txt",
  '#h.txt',
  '!n',
  'back\\slash',
  '😀.bin',
  '-dash',
  'a:b',
  '%p',
]

const texts = ['', 'a\n', 'a\r\nb\r\n', 'no end', 'é 😀\n', '\u0000\u0001\n', 'line\nline 2\n']

/** Another text for a file. */
export function randomText(draw: Draw): string {
  return draw.chance(0.5) ? `${draw.random.nextInteger(1000)}\n` : draw.pick(texts)
}

function randomSources(draw: Draw): Map<string, string> {
  const sources = new Map<string, string>()
  const add = (path: string): Map<string, string> => sources.set(path, randomText(draw))
  for (let i = 0; i < 3; i++) {
    add(posix.join(draw.pick(['', '', 'sub', 'inputs']), draw.pick(fileNames)))
  }
  add('raw/1.txt')
  add(`raw/${draw.pick(fileNames)}`)
  if (draw.chance(0.5)) add(`raw/more/${draw.pick(fileNames)}`)
  if (draw.chance(0.3)) add('raw/x.tmp')
  return sources
}

/** Some of the sources are tracked by DVC. */
function randomData(model: Model, draw: Draw): string[] {
  const files = [...model.sources.keys()].filter(
    (path) => !path.startsWith('raw/') && !path.startsWith('.'),
  )
  return [...(draw.chance(0.5) ? ['raw'] : []), ...files.filter(() => draw.chance(0.3))]
}

/** Adds a stage that reads from what there is before it. */
export function addRandomStage(model: Model, pipeline: ModelPipeline, draw: Draw): ModelStage {
  const name = `${draw.pick(['make', 'train', 'eval-it', 'x_1'])}${nextNumber(model)}`
  const workingFolder = draw.chance(0.2)
    ? posix.join(pipeline.folder, draw.pick(['work', 'w d']))
    : undefined
  const base = workingFolder ?? pipeline.folder
  const group = draw.chance(0.2) ? randomGroup(draw) : undefined
  const parameters = draw.chance(0.5) ? randomParameters(model, base, draw) : []
  const stage: ModelStage = {
    name,
    group,
    workingFolder,
    dependencies: randomDependencies(model, draw),
    parameters,
    outputs: [],
    version: 1,
    form: draw.pick(['text', 'text', 'list', 'lines']),
    fault: 'none',
    isConstant: draw.chance(0.25),
    interpolated: draw.chance(0.25) ? [interpolatedKey(model, pipeline.folder, draw)] : [],
    isFrozen: draw.chance(0.04),
    isAlwaysChanged: draw.chance(0.05),
    description: draw.chance(0.1) ? draw.pick(['what it does', 'it\'s: "odd"']) : undefined,
  }
  const outputs = draw.chance(0.07) ? 0 : 1 + draw.random.nextInteger(3)
  for (let i = 0; i < outputs; i++) stage.outputs.push(randomOutput(stage, i, { base, draw }))
  pipeline.stages.push(stage)
  return stage
}

function nextNumber({ pipelines }: Model): number {
  const numbers = pipelines.flatMap(({ stages }) =>
    stages.map(({ name }) => Number(/\d+$/.exec(name)?.[0] ?? 0)),
  )
  return Math.max(0, ...numbers.map((number) => (number > 100 ? number - 100 : number))) + 101
}

function randomGroup(draw: Draw): Group {
  const kind = draw.pick(['list', 'map', 'matrix'] as const)
  return {
    kind,
    items: draw.pick([['x', 'y'], ['x1'], ['cnn', 'é']]),
    others: draw.pick([
      ['1', '2'],
      ['2.5', 'b'],
    ]),
  }
}

/** A file, a folder, or what an earlier stage writes. */
export function randomDependencies(model: Model, draw: Draw): string[] {
  const sources = [...model.sources.keys()].filter(
    (path) => !path.startsWith('.') && !path.endsWith('.tmp'),
  )
  const written = model.pipelines.flatMap(({ stages }) => stages.flatMap(readablePaths))
  const chosen = new Set<string>()
  const count = draw.pick([0, 1, 1, 1, 2, 2, 3])
  for (let i = 0; i < count; i++) {
    const isSource = written.length === 0 || draw.chance(0.4)
    const fromSources = draw.pick([...sources, 'raw', 'raw', ...model.links.keys()])
    chosen.add(isSource ? fromSources : draw.pick(written))
  }
  return [...chosen]
}

function readablePaths(stage: ModelStage): string[] {
  return stage.outputs.flatMap(({ path, isFolder }) =>
    memberSuffixes(stage).flatMap((suffix) => {
      const whole = memberPath(path, suffix)
      return isFolder ? [whole, `${whole}/a.txt`, `${whole}/sub é`] : [whole]
    }),
  )
}

function randomOutput(
  { name, group }: ModelStage,
  i: number,
  { base, draw }: { readonly base: string; readonly draw: Draw },
): ModelOutput {
  const kind = draw.pick(['outs', 'outs', 'outs', 'metrics', 'plots'] as const)
  const isFolder = kind === 'outs' && draw.chance(0.3)
  const extension = {
    outs: draw.pick(['.txt', ' [o].bin', '.log', '#', '']),
    metrics: '.json',
    plots: '.csv',
  }
  const member = group === undefined ? '' : '-@'
  const folder = draw.chance(0.2) ? `made by ${name}` : ''
  const path = posix.join(base, folder, `${name}${member}-${i}${isFolder ? '' : extension[kind]}`)
  return {
    path,
    kind,
    isFolder,
    isExecutable: kind === 'outs' && !isFolder && draw.chance(0.15),
    flags: randomFlags(draw, kind),
  }
}

function randomFlags(draw: Draw, kind: ModelOutput['kind']): Record<string, boolean | string> {
  return {
    ...(draw.chance(kind === 'outs' ? 0.1 : 0.5) ? { cache: false } : {}),
    ...(draw.chance(0.1) ? { persist: true } : {}),
    ...(draw.chance(0.05) ? { push: false } : {}),
    ...(draw.chance(0.05) ? { desc: 'what it is' } : {}),
    ...(kind === 'plots' && draw.chance(0.3) ? { x: 'x', y: 'y' } : {}),
  }
}

/** Texts of values in files of each format. */
const scalars = {
  yaml: `1|1.0|1e-3|'1'|yes|true|null||0x1f|1_000|.inf|-0.0|123456789012345678901234567890|é ü
'a: b'|some words here|''|2.50|1e16|[1, 1.0, "1"]|{k: v, n: [1]}|[]|{}|0o17|"tab\\t"|- x|1:30|1.5e300|.5e+3`,
  json: `1|1.0|"x"|null|true|[1, 2.0]|{"k": "v"}|1e5|"é"|"1"|-0.0|1e-7|Infinity|[]|123456789012345678901`,
  toml: `1|1.0|"x"|true|[1, 2.0]|{k = "v"}|1_000|'é'|"1"|1e5|inf|0x1f`,
}

/** Another text for a value. */
export function randomScalar(path: string, draw: Draw): string {
  const kind = posix.extname(path).slice(1) as keyof typeof scalars
  const chosen = draw.pick(scalars[kind].split(/[|\n]/))
  // A list item on a line of its own is no value of a key.
  return chosen === '- x' ? 'x' : chosen
}

const nested = {
  yaml: '{x: 1, y: [1, 2.0, {z: a}]}',
  json: '{"x": 1, "y": [1, 2.0, {"z": "a"}]}',
  toml: '{x = 1, y = [1, 2, {z = "a"}]}',
}

function valuesAt(model: Model, path: string, draw: Draw): ModelValues {
  const known = model.values.find((values) => values.path === path)
  if (known !== undefined) return known
  const kind = posix.extname(path).slice(1) as keyof typeof nested
  const word = kind === 'yaml' ? 'word' : '"word"'
  const made = {
    path,
    values: new Map([
      ['a', randomScalar(path, draw)],
      ['b', randomScalar(path, draw)],
      ['n', nested[kind]],
      ['word', word],
    ]),
  }
  model.values.push(made)
  return made
}

/** Keys of the default file or another. */
export function randomParameters(model: Model, base: string, draw: Draw): ModelParameters[] {
  const files = new Set(
    draw
      .times(1, () => draw.pick(['conf.json', 'conf.toml', 'other.yaml']))
      .concat(draw.chance(0.8) ? [posix.join(base, 'params.yaml')] : []),
  )
  return Array.from(files, (path) => {
    valuesAt(model, path, draw)
    const keys = ['a', 'b', 'n', 'n.x', 'n.y', 'n.y.0', 'n.y.2.z', 'word'].filter(() =>
      draw.chance(0.3),
    )
    const all = draw.chance(0.2) ? undefined : keys
    return { path, keys: all?.length === 0 ? ['a'] : all }
  })
}

/** What can stand in a command: a value of the `params.yaml` beside the dvc.yaml. */
function interpolatedKey(model: Model, folder: string, draw: Draw): string {
  valuesAt(model, posix.join(folder, 'params.yaml'), draw)
  return draw.pick(['word', 'n.x', 'n.y[0]'])
}
