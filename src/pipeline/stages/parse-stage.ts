/** One stage: from its YAML, interpolated, to a `Stage`. */

import { resolve } from 'node:path'
import { compareCodePoints } from '../../core/code-point-order.ts'
import { defaultParameterFile } from '../parameters/parameter-values.ts'
import type { Place, Problems } from '../yaml/problems.ts'
import { readBoolean, readEntries, readList, readMap, readText } from '../yaml/read-node.ts'
import type { Output, Parameters, Stage, StagePath } from './stage.ts'
import { createStagePath, isAddress, type PathHome } from './stage-path.ts'
import type { ResolvedStage } from './resolve-stages.ts'
import { readSettings } from './stage-settings.ts'
import { toYamlValue, type MapEntry, type MapNode, type YamlNode } from '../yaml/yaml-node.ts'

const stageKeys = {
  supported: [
    'cmd',
    'wdir',
    'deps',
    'params',
    'outs',
    'metrics',
    'plots',
    'frozen',
    'always_changed',
    'desc',
    'meta',
  ],
}

/** What may be said of an output. */
const outputKeys = {
  // DVC takes 'checkpoint' of older files and does nothing with it.
  supported: ['cache', 'persist', 'push', 'remote', 'desc', 'type', 'labels', 'meta', 'checkpoint'],
}
const plotProperties = ['template', 'x', 'y', 'x_label', 'y_label', 'title', 'header'] as const
const plotKeys = {
  ...outputKeys,
  supported: [...outputKeys.supported, ...plotProperties],
}

interface StageContext extends PathHome {
  readonly name: string
  readonly problems: Problems
}

/** Where a stage stands: its file and how that is called. */
export interface StageHome {
  /** Absolute root of the repository. */
  readonly root: string
  /** Absolute folder of its file. */
  readonly folder: string
  /** Its file from the repository's root, with forward slashes. */
  readonly file: string
  /** Goes before the stage's name where it has to be told from other files' stages: `sub/dvc.yaml:`. */
  readonly prefix: string
}

/** Reads one stage in which everything is interpolated. */
export function parseStage(
  resolved: ResolvedStage,
  home: StageHome,
  problems: Problems,
): Stage | undefined {
  const { name, group, body } = resolved
  const where = `stage '${name}'`
  const entries = readEntries(body, where, stageKeys, problems)
  const valueOf = (key: string): YamlNode | undefined => entries.get(key)?.value
  const command = readCommand(valueOf('cmd'), body.place, { name, problems })
  const folder = valueOf('wdir')
  const workingFolder = folder && readText(folder, `'wdir' in ${where}`, problems)
  const description = valueOf('desc')
  const stageContext = {
    name,
    root: home.root,
    workingFolder: resolve(home.folder, workingFolder ?? '.'),
    problems,
  }
  return {
    name,
    group,
    file: home.file,
    address: `${home.prefix}${name}`,
    description: description && readText(description, `'desc' in ${where}`, problems),
    command: command ?? '',
    workingFolder: stageContext.workingFolder,
    dependencies: readDependencies(valueOf('deps'), stageContext),
    parameters: readParameters(valueOf('params'), stageContext),
    outputs: (['outs', 'metrics', 'plots'] as const).flatMap((key) =>
      readOutputs(valueOf(key), key, stageContext),
    ),
    // DVC checks these two before it interpolates, so they must stand there as they are.
    isFrozen: readBoolean(entries.get('frozen')?.value, `'frozen' in ${where}`, problems) ?? false,
    isAlwaysChanged:
      readBoolean(entries.get('always_changed')?.value, `'always_changed' in ${where}`, problems) ??
      false,
    settings: readSettings(entries.get('meta')?.value, name, problems),
    data: undefined,
    place: body.place,
  }
}

function readCommand(
  node: YamlNode | undefined,
  place: Place,
  { name, problems }: { readonly name: string; readonly problems: Problems },
): string | readonly string[] | undefined {
  if (node === undefined) {
    problems.add(place, `stage '${name}' has no 'cmd'`, `say what it runs: 'cmd: …'`)
    return undefined
  }
  const what = `'cmd' in stage '${name}'`
  if (node.kind !== 'list') return readText(node, what, problems)
  return node.items.map((item) => readText(item, what, problems) ?? '')
}

function readDependencies(node: YamlNode | undefined, context: StageContext): StagePath[] {
  const what = `'deps' in stage '${context.name}'`
  return readList(node, what, context.problems).flatMap((item) => {
    const path = readText(item, `an entry of ${what}`, context.problems)
    if (path === undefined) return []
    return isAddress(path)
      ? readAddress(path, item.place, context)
      : readPath(path, item.place, context)
  })
}

function readAddress(path: string, place: Place, { problems }: StageContext): StagePath[] {
  if (/^https?:/i.test(path) && !URL.canParse(path)) {
    problems.add(place, `'${path}' is no address`)
    return []
  }
  if (!path.startsWith('ds://')) return [{ path, location: path }]
  const hint = 'name the files that the dataset stands for'
  problems.add(place, `'${path}' is a dataset, which cannot be a dependency here`, hint)
  return []
}

function readPath(path: string, place: Place, context: StageContext): StagePath[] {
  const { problems } = context
  if (isAddress(path)) {
    const hint = 'let the stage write a file in the repository, and send that there'
    problems.add(place, `'${path}' is not a local path, which an output has to be`, hint)
    return []
  }
  if (path === '') {
    problems.add(place, 'a path is empty')
    return []
  }
  return [createStagePath(path, context)]
}

function readOutputs(
  node: YamlNode | undefined,
  key: 'outs' | 'metrics' | 'plots',
  context: StageContext,
): Output[] {
  const what = `'${key}' in stage '${context.name}'`
  return readList(node, what, context.problems).flatMap((item) => {
    if (item.kind === 'map') {
      return item.entries.flatMap((entry) => readOutputWithFlags(entry, key, context))
    }
    const path = readText(item, `an entry of ${what}`, context.problems)
    if (path === undefined) return []
    return createOutputs(readPath(path, item.place, context), {
      ...plainOutput,
      kind: outputKinds[key],
    })
  })
}

type OutputFlags = Omit<Output, 'path' | 'location'>

const outputKinds = { outs: 'out', metrics: 'metric', plots: 'plot' } as const

/** What holds for an output that stands there without flags. */
export const plainOutput: OutputFlags = {
  kind: 'out',
  isCached: true,
  isPersistent: false,
  isPushed: true,
  remote: undefined,
  plot: undefined,
}

function createOutputs(paths: readonly StagePath[], flags: OutputFlags): Output[] {
  return paths.map((path) => ({ ...path, ...flags }))
}

function readOutputWithFlags(
  entry: MapEntry,
  key: 'outs' | 'metrics' | 'plots',
  context: StageContext,
): Output[] {
  const { problems } = context
  const path = readText(entry.key, `an entry of '${key}' in stage '${context.name}'`, problems)
  if (path === undefined) return []
  const where = `output '${path}' of stage '${context.name}'`
  const map = readMap(entry.value, where, problems)
  if (map === undefined) return []
  const known = readEntries(map, where, key === 'plots' ? plotKeys : outputKeys, problems)
  const flags = { ...readOutputFlags(known, where, problems), kind: outputKinds[key] }
  return createOutputs(readPath(path, entry.key.place, context), flags)
}

/** The flags that an output has in `dvc.yaml` and in `*.dvc` files alike. */
export function readOutputFlags(
  entries: ReadonlyMap<string, MapEntry>,
  where: string,
  problems: Problems,
): OutputFlags {
  const flag = (name: string): boolean | undefined =>
    readBoolean(entries.get(name)?.value, `'${name}' of ${where}`, problems)
  const remote = entries.get('remote')?.value
  const plot = plotProperties.flatMap((name) => {
    const value = entries.get(name)?.value
    return value === undefined ? [] : [[name, toYamlValue(value)] as const]
  })
  return {
    ...plainOutput,
    isCached: flag('cache') ?? true,
    isPersistent: flag('persist') ?? false,
    isPushed: flag('push') ?? true,
    remote: remote && readText(remote, `'remote' of ${where}`, problems),
    plot: plot.length === 0 ? undefined : new Map(plot),
  }
}

/** Merges all mentions of a file; the whole file wins over keys. */
function readParameters(node: YamlNode | undefined, context: StageContext): Parameters[] {
  const { name, problems } = context
  const what = `'params' in stage '${name}'`
  const requests = new Map<string, ParameterRequest>()
  for (const item of readList(node, what, problems)) {
    const asked =
      item.kind === 'map'
        ? readFileRequests(item, what, problems)
        : [readDefaultRequest(item, what, problems)]
    for (const request of asked) requests.set(request.file, mergeRequests(requests, request))
  }
  return Array.from(requests.values(), ({ file, place, keys }) => {
    if (file === '') problems.add(place, `a file name of ${what} is empty`)
    const sorted = keys && [...new Set(keys)].sort(compareCodePoints)
    return { ...createStagePath(file, context), keys: sorted }
  })
}

interface ParameterRequest {
  readonly file: string
  readonly place: Place
  /** `undefined` means the whole file. */
  readonly keys: readonly string[] | undefined
}

function readFileRequests(map: MapNode, what: string, problems: Problems): ParameterRequest[] {
  return map.entries.flatMap(({ key, value }) => {
    const file = readText(key, `a file name of ${what}`, problems)
    if (file === undefined) return []
    return [{ file, place: key.place, keys: readKeys(value, what, problems) }]
  })
}

function readDefaultRequest(item: YamlNode, what: string, problems: Problems): ParameterRequest {
  const keys = readKeys({ kind: 'list', place: item.place, items: [item] }, what, problems)
  return { file: defaultParameterFile, place: item.place, keys: keys ?? [] }
}

function mergeRequests(
  requests: ReadonlyMap<string, ParameterRequest>,
  request: ParameterRequest,
): ParameterRequest {
  const known = requests.get(request.file)
  if (known === undefined) return request
  const isWhole = known.keys === undefined || request.keys === undefined
  return { ...known, keys: isWhole ? undefined : [...known.keys, ...request.keys] }
}

/** `undefined` means the whole file, which DVC takes any kind of nothing for. */
function readKeys(node: YamlNode, what: string, problems: Problems): string[] | undefined {
  if (node.kind === 'map' ? node.entries.length === 0 : isNothing(node)) return undefined
  const keys = readList(node, what, problems).flatMap(
    (item) => readText(item, `a key of ${what}`, problems) ?? [],
  )
  return keys.length === 0 ? undefined : keys
}

function isNothing(node: YamlNode): boolean {
  if (node.kind !== 'scalar' || node.unusable !== undefined) return false
  const { value } = node
  return value === null || value === false || value === '' || value === 0n || value === 0
}
