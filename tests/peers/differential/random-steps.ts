/** A random script of steps; the model follows what they do. */

import { posix } from 'node:path'
import type { Draw } from '../random-draw.ts'
import { formatModel, quote } from './model-files.ts'
import { writtenPaths, type Model, type ModelPipeline, type ModelStage } from './model.ts'
import { addRandomStage, randomParameters, randomScalar, randomText } from './random-model.ts'
import type { Command, Step } from './step.ts'

/** Makes up one step after the other. */
export interface Script {
  /** The files of the start, and what is added to DVC. */
  first(): Step
  next(): Step
  /** Takes back what makes a stage fail, and runs everything. */
  heal(): Step
  /** Runs everything. */
  last(): Step
}

interface Change {
  readonly title: string
  readonly script?: string
  readonly command?: Command
  readonly swapsStores?: boolean
  /** What the command changes in the model; its files are those that the tool leaves. */
  readonly after?: (written: Map<string, string>) => void
}

/** Creates the script for a model. */
export function createScript(model: Model, draw: Draw): Script {
  let written = new Map<string, string>()
  const past: Past[] = []
  const step = (change: Change, command: Command | undefined): Step => {
    const current = formatModel(model)
    const files = new Map<string, string | undefined>(
      [...current].filter(([path, text]) => written.get(path) !== text),
    )
    for (const path of written.keys()) if (!current.has(path)) files.set(path, undefined)
    written = current
    const { title, script = '', swapsStores = false } = change
    change.after?.(written)
    return { title, files, script, swapsStores, command: change.command ?? command }
  }
  return {
    first: () => {
      const links = Array.from(
        model.links,
        ([path, target]) => `ln -s -- ${quote(target)} ${quote(path)}`,
      )
      const modes = model.executables.map((path) => `chmod +x -- ${quote(path)}`)
      const script = [...links, ...modes].join('; ')
      const command =
        model.data.length > 0 ? plainCommand(['add', ...model.data.map(safePath)]) : undefined
      return step({ title: 'start', script }, command)
    },
    next: () => {
      remember(model, past)
      const change = draw.pick(changes)(model, draw, past)
      return step(change, randomRun(model, draw))
    },
    heal: () => {
      for (const stage of stagesOf(model)) stage.fault = 'none'
      return step({ title: 'heal' }, runAll(draw))
    },
    last: () => step({ title: 'run all' }, runAll(draw)),
  }
}

/** One that no command takes for a flag. */
function safePath(path: string): string {
  return path.startsWith('-') ? `./${path}` : path
}

function plainCommand(args: readonly string[], folder = ''): Command {
  return { folder, args, jobs: 1 }
}

function runAll(draw: Draw): Command {
  return { folder: '', args: ['repro', '-P'], jobs: draw.pick([1, 4]) }
}

function stagesOf(model: Model): ModelStage[] {
  return model.pipelines.flatMap(({ stages }) => stages)
}

function pipelineOf(model: Model, stage: ModelStage): ModelPipeline {
  return model.pipelines.find(({ stages }) => stages.includes(stage))!
}

/** The name of a stage as it is said in a folder. */
function addressOf(model: Model, stage: ModelStage): string {
  const { folder } = pipelineOf(model, stage)
  return folder === '' ? stage.name : `${folder}/dvc.yaml:${stage.name}`
}

function randomRun(model: Model, draw: Draw): Command {
  const jobs = draw.pick([1, 4])
  const stage = draw.pick(stagesOf(model))
  const { folder } = pipelineOf(model, stage)
  const target = addressOf(model, stage)
  const args = draw.pick([
    ['-P'],
    ['-P'],
    ['-P'],
    ['folder'],
    ['folder'],
    [target],
    ['-f', '-P'],
    ['-s', target],
    ['--downstream', target],
    ['--no-run-cache', '-P'],
    ['-k', '-P'],
  ])
  if (args[0] === 'folder') return { folder, args: ['repro'], jobs }
  return { folder: '', args: ['repro', ...args], jobs }
}

interface Past {
  readonly sources: ReadonlyMap<string, string>
  readonly values: readonly ReadonlyMap<string, string>[]
}

function remember(model: Model, past: Past[]): void {
  past.push({
    sources: new Map(model.sources),
    values: model.values.map(({ values }) => new Map(values)),
  })
}

function revert(model: Model, draw: Draw, past: readonly Past[]): Change {
  const { sources, values } = draw.pick(past)
  for (const [path, text] of sources) model.sources.set(path, text)
  for (const [i, old] of values.entries()) {
    for (const [key, text] of old) model.values[i]!.values.set(key, text)
  }
  for (const stage of stagesOf(model)) if (draw.chance(0.3)) stage.version = 1
  return { title: 'take edits back' }
}

type MakeChange = (model: Model, draw: Draw, past: readonly Past[]) => Change

const editSource: MakeChange = (model, draw) => {
  const path = draw.pick([...model.sources.keys()].filter((name) => !name.startsWith('.')))
  model.sources.set(path, randomText(draw))
  return { title: `edit ${path}` }
}

const addSource: MakeChange = (model, draw) => {
  model.sources.set(`raw/${draw.pick(['new', 'more/é', 'x.tmp'])}`, randomText(draw))
  return { title: 'a new file in raw' }
}

const removeSource: MakeChange = (model, draw) => {
  const candidates = [...model.sources.keys()].filter(
    (name) => name.startsWith('raw/') && name !== 'raw/1.txt',
  )
  if (candidates.length === 0) return { title: 'nothing' }
  const path = draw.pick(candidates)
  for (const stage of stagesOf(model)) {
    stage.dependencies = stage.dependencies.filter((name) => name !== path)
  }
  model.sources.delete(path)
  return { title: `remove ${path}` }
}

const touch: MakeChange = (model, draw) => {
  const path = draw.pick([...model.sources.keys()])
  return { title: 'touch only', script: `touch -- ${quote(path)}` }
}

const editValue: MakeChange = (model, draw, past) => {
  if (model.values.length === 0) return editSource(model, draw, past)
  const { path, values } = draw.pick(model.values)
  const key = draw.pick(['a', 'b'])
  values.set(key, randomScalar(path, draw))
  return { title: `edit ${key} in ${path}` }
}

const deleteValue: MakeChange = (model, draw, past) => {
  if (model.values.length === 0) return editSource(model, draw, past)
  const { path, values } = draw.pick(model.values)
  values.delete('b')
  // With a stage that asks for it, the run fails; then nothing more can be said.
  for (const { parameters } of draw.chance(0.8) ? stagesOf(model) : []) {
    for (const asked of parameters) {
      if (asked.path !== path || asked.keys === undefined) continue
      const kept = asked.keys.filter((key) => key !== 'b')
      asked.keys = kept.length === 0 ? ['a'] : kept
    }
  }
  return { title: `delete b in ${path}` }
}

const editCommand: MakeChange = (model, draw) => {
  const stage = draw.pick(stagesOf(model))
  stage.version++
  return { title: `edit the command of ${stage.name}` }
}

const breakCommand: MakeChange = (model, draw) => {
  const stage = draw.pick(stagesOf(model))
  stage.fault = draw.pick(['fails', 'writes-nothing'])
  stage.version++
  return { title: `${stage.name} ${stage.fault}` }
}

const editStage: MakeChange = (model, draw) => {
  const stage = draw.pick(stagesOf(model))
  const { folder } = pipelineOf(model, stage)
  const kind = draw.random.nextInteger(5)
  if (kind === 0) stage.dependencies = stage.dependencies.slice(1)
  else if (kind === 1) {
    const sources = [...model.sources.keys()].filter((path) => /\.(?:txt|csv|bin)$/.test(path))
    stage.dependencies = [...new Set([...stage.dependencies, draw.pick(sources)])]
  } else if (kind === 2) {
    stage.parameters = randomParameters(model, stage.workingFolder ?? folder, draw)
  } else if (kind === 3) {
    stage.outputs = stage.outputs.slice(0, 1)
  } else stage.isAlwaysChanged = !stage.isAlwaysChanged
  return {
    title: `edit ${['deps', 'deps', 'params', 'outs', 'always_changed'][kind]} of ${stage.name}`,
  }
}

const addStage: MakeChange = (model, draw) => {
  const stage = addRandomStage(model, draw.pick(model.pipelines), draw)
  return { title: `add ${stage.name}` }
}

const renameStage: MakeChange = (model, draw) => {
  const stage = draw.pick(stagesOf(model))
  stage.name = `renamed ${stage.name}`.replaceAll(' ', '-')
  return { title: `rename to ${stage.name}` }
}

const spoilOutput: MakeChange = (model, draw, past) => {
  const outputs = stagesOf(model).flatMap(writtenPaths)
  if (outputs.length === 0) return editSource(model, draw, past)
  const path = draw.pick(outputs)
  const shown = quote(path)
  const [title, script] = draw.pick([
    ['delete', `rm -rf ${shown}`],
    ['delete', `rm -rf ${shown}`],
    ['delete a member of', `rm -f ${shown}/a.txt`],
    ['add a member to', `test -d ${shown} && echo n > ${shown}/new`],
    ['edit', `test -f ${shown} && { rm -f ${shown}; echo edited > ${shown}; }`],
  ] as const)
  return { title: `${title} ${path}`, script: `${script} || :` }
}

const deleteObject: MakeChange = (_model, draw) => {
  const which = draw.pick(['f', 'f -name "*.dir"'])
  const line = 1 + draw.random.nextInteger(6)
  return {
    title: 'delete an object',
    script: `find .dvc/cache/files -type ${which} 2> /dev/null | LC_ALL=C sort | sed -n ${line}p | xargs -r rm -f`,
  }
}

const freeze: MakeChange = (model, draw, past) => {
  const stage = plainStage(model, draw)
  if (stage === undefined) return editSource(model, draw, past)
  const verb = stage.isFrozen ? 'unfreeze' : 'freeze'
  return {
    title: verb,
    command: plainCommand([verb, addressOf(model, stage)]),
    after: (written) => {
      stage.isFrozen = !stage.isFrozen
      takeOver(model, written)
    },
  }
}

/** One that is neither a group nor has parameters in it: dvc does not write those. */
function plainStage(model: Model, draw: Draw): ModelStage | undefined {
  const candidates = stagesOf(model).filter(
    ({ group, interpolated }) => group === undefined && interpolated.length === 0,
  )
  return candidates.length === 0 ? undefined : draw.pick(candidates)
}

/** The tool has written what the model would, in words of its own. */
function takeOver(model: Model, written: Map<string, string>): void {
  written.clear()
  for (const [path, text] of formatModel(model)) written.set(path, text)
}

const remove: MakeChange = (model, draw, past) => {
  const stage = plainStage(model, draw)
  if (stage === undefined || stagesOf(model).length < 2) return editSource(model, draw, past)
  const flags = draw.chance(0.3) ? ['--outs'] : []
  return {
    title: 'remove',
    command: plainCommand(['remove', ...flags, addressOf(model, stage)]),
    after: (written) => {
      const pipeline = pipelineOf(model, stage)
      pipeline.stages = pipeline.stages.filter((other) => other !== stage)
      takeOver(model, written)
    },
  }
}

const removeData: MakeChange = (model, draw, past) => {
  // dvc takes what follows a colon for the name of a stage.
  const removable = model.data.filter((path) => !path.includes(':'))
  if (removable.length === 0) return editSource(model, draw, past)
  const path = draw.pick(removable)
  model.data.splice(model.data.indexOf(path), 1)
  return { title: 'remove data', command: plainCommand(['remove', safePath(`${path}.dvc`)]) }
}

const add: MakeChange = (model, draw, past) => {
  const candidates = [...model.sources.keys()].filter((path) => !/^(?:raw\/|\.)/.test(path))
  const path = draw.pick([...candidates, 'raw'])
  if (path !== 'raw') model.sources.set(path, randomText(draw))
  else editSource(model, draw, past)
  if (!model.data.includes(path)) model.data.push(path)
  return { title: 'add', command: plainCommand(['add', safePath(path)]) }
}

const checkout: MakeChange = (model, draw) => {
  const outputs = [...stagesOf(model).flatMap(writtenPaths), ...model.data]
  const gone = outputs.filter(() => draw.chance(0.5)).map(quote)
  return {
    title: 'check out',
    script: gone.length === 0 ? '' : `rm -rf -- ${gone.join(' ')}`,
    command: plainCommand(['checkout', ...(draw.chance(0.3) ? ['-f'] : [])]),
  }
}

const push: MakeChange = (_model, draw) => ({
  title: 'push',
  command: plainCommand(['push', ...(draw.chance(0.3) ? ['--run-cache'] : [])]),
})

const pull: MakeChange = (model, draw) => {
  const outputs = stagesOf(model).flatMap(writtenPaths).map(quote)
  return {
    title: 'pull what the other tool pushed',
    swapsStores: true,
    script: draw.chance(0.5) ? `rm -rf -- .dvc/cache ${outputs.join(' ')}` : '',
    command: plainCommand(['pull', ...(draw.chance(0.3) ? ['--run-cache'] : [])]),
  }
}

const commit: MakeChange = (model, draw, past) => {
  const { title } = editSource(model, draw, past)
  return { title: `${title} and commit`, command: plainCommand(['commit', '-f']) }
}

const collect: MakeChange = () => ({
  title: 'collect garbage',
  command: plainCommand(['gc', '-w', '-f']),
})

const move: MakeChange = (model, draw, past) => {
  const targets = [...model.links.values()]
  const files = model.data.filter((path) => path !== 'raw' && !targets.includes(path))
  if (files.length === 0) return editSource(model, draw, past)
  const from = draw.pick(files)
  const to = posix.join(posix.dirname(from), `moved ${posix.basename(from)}`)
  return {
    title: 'move',
    command: plainCommand(['move', safePath(from), to]),
    after: (written) => {
      for (const texts of [written, model.sources]) {
        texts.set(to, texts.get(from)!)
        texts.delete(from)
      }
      model.data.splice(model.data.indexOf(from), 1, to)
      for (const stage of stagesOf(model)) {
        stage.dependencies = stage.dependencies.map((path) => (path === from ? to : path))
      }
    },
  }
}

const lookOnly: MakeChange = (model, draw, past) => ({
  ...editSource(model, draw, past),
  command: plainCommand(['status']),
})

/** The more often, the likelier. */
const changes: readonly MakeChange[] = [
  editSource,
  editSource,
  editSource,
  addSource,
  removeSource,
  touch,
  editValue,
  editValue,
  editValue,
  deleteValue,
  editCommand,
  editCommand,
  breakCommand,
  editStage,
  editStage,
  addStage,
  renameStage,
  spoilOutput,
  spoilOutput,
  spoilOutput,
  deleteObject,
  deleteObject,
  revert,
  revert,
  revert,
  freeze,
  remove,
  removeData,
  add,
  checkout,
  checkout,
  push,
  pull,
  commit,
  collect,
  move,
  lookOnly,
]
