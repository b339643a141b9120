/** One stage: from its YAML, interpolated, to a `Stage`. */

import { resolve } from 'node:path'
import { compareCodePoints } from '../yaml/code-point-order.ts'
import type { StageTemplate } from './expand-stages.ts'
import { interpolateNode } from './interpolate.ts'
import { defaultParameterFile, isParameterFileSupported } from './parameter-values.ts'
import type { Place, Problems } from '../yaml/problems.ts'
import { readBoolean, readEntries, readList, readMap, readText } from '../yaml/read-node.ts'
import type { Output, Parameters, Stage, StagePath } from './stage.ts'
import type { MapEntry, MapNode, YamlNode } from '../yaml/yaml-node.ts'

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
  unsupported: ['vars'],
}

/** What may be said of an output. `push`, `remote` and the plot keys matter to other commands only. */
const outputKeys = {
  supported: ['cache', 'persist', 'push', 'remote', 'desc', 'type', 'labels', 'meta'],
  unsupported: ['checkpoint'],
}
const plotKeys = {
  ...outputKeys,
  supported: [
    ...outputKeys.supported,
    'template',
    'x',
    'y',
    'x_label',
    'y_label',
    'title',
    'header',
  ],
}

interface StageContext {
  readonly name: string
  readonly workingFolder: string
  readonly problems: Problems
}

/** @param directory - absolute folder of dvc.yaml */
export function parseStage(
  template: StageTemplate,
  directory: string,
  problems: Problems,
): Stage | undefined {
  const { name, group, body, context } = template
  const where = `stage '${name}'`
  const entries = readEntries(body, where, stageKeys, problems)
  const valueOf = (key: string): YamlNode | undefined => {
    const node = entries.get(key)?.value
    return node && interpolateNode(node, { context, problems, allowsMaps: key === 'cmd' })
  }
  const command = readCommand(valueOf('cmd'), body.place, { name, problems })
  const folder = valueOf('wdir')
  const workingFolder = folder && readText(folder, `'wdir' in ${where}`, problems)
  const stageContext = { name, workingFolder: resolve(directory, workingFolder ?? '.'), problems }
  return {
    name,
    group,
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
    return path === undefined ? [] : readPath(path, item.place, context)
  })
}

function readPath(
  path: string,
  place: Place,
  { workingFolder, problems }: StageContext,
): StagePath[] {
  if (/^[a-z][a-z0-9+.-]*:\/\//.test(path)) {
    problems.add(place, `'${path}' is not a local path, which is not supported yet`)
    return []
  }
  if (path === '') {
    problems.add(place, 'a path is empty')
    return []
  }
  return [{ path, location: resolve(workingFolder, path) }]
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
    const flags = { key, isCached: true, isPersistent: false }
    return createOutputs(readPath(path, item.place, context), flags)
  })
}

interface OutputFlags {
  readonly key: 'outs' | 'metrics' | 'plots'
  readonly isCached: boolean
  readonly isPersistent: boolean
}

function createOutputs(paths: readonly StagePath[], flags: OutputFlags): Output[] {
  const kind = flags.key === 'outs' ? 'out' : flags.key === 'metrics' ? 'metric' : 'plot'
  const { isCached, isPersistent } = flags
  return paths.map(({ path, location }) => ({ path, location, kind, isCached, isPersistent }))
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
  const flags = readMap(entry.value, where, problems)
  if (flags === undefined) return []
  const known = readEntries(flags, where, key === 'plots' ? plotKeys : outputKeys, problems)
  const flag = (name: string): boolean | undefined =>
    readBoolean(known.get(name)?.value, `'${name}' of ${where}`, problems)
  const isCached = flag('cache') ?? true
  const isPersistent = flag('persist') ?? false
  const paths = readPath(path, entry.key.place, context)
  return createOutputs(paths, { key, isCached, isPersistent })
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
    checkParameterFile(file, place, problems)
    const sorted = keys && [...new Set(keys)].sort(compareCodePoints)
    return { path: file, location: resolve(context.workingFolder, file), keys: sorted }
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

function checkParameterFile(file: string, place: Place, problems: Problems): void {
  if (isParameterFileSupported(file)) return
  const hint = 'use a .yaml or .json file'
  problems.add(place, `reading parameters from '${file}' is not supported yet`, hint)
}

/** `undefined` means the whole file. */
function readKeys(node: YamlNode, what: string, problems: Problems): string[] | undefined {
  if (node.kind === 'scalar' && node.value === null) return undefined
  const keys: string[] = []
  for (const item of readList(node, what, problems)) {
    const key = readText(item, `a key of ${what}`, problems)
    if (key !== undefined && /[*?[]/.test(key)) {
      problems.add(item.place, `the pattern '${key}' in ${what} is not supported yet`)
    } else if (key !== undefined) keys.push(key)
  }
  return keys.length === 0 ? undefined : keys
}
