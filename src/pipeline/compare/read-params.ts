/** The parameters of a repository at one moment. */

import { dirname, join, resolve } from 'node:path'
import { defaultParameterFile } from '../parameters/parameter-values.ts'
import {
  isYamlList,
  isYamlMap,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'
import type { Content } from './content-file.ts'
import { attempt, parseFileValues, type FileResult, type FileResults } from './file-values.ts'
import { showPath } from './show-path.ts'

/** Which parameters to read. */
export interface ParameterSelection {
  /** Paths from the folder the command works in; none means all files. */
  readonly targets?: readonly string[]
  /** Only what stages depend on. */
  readonly isTrackedOnly?: boolean
}

/**
 * Reads parameter files: the keys that stages ask for, and unless told otherwise the whole of the
 * top-level `params` and of the root's `params.yaml`; then what `${}` takes from other files.
 *
 * @returns results by path from the folder the command works in
 */
export function readParams(content: Content, selection: ParameterSelection = {}): FileResults {
  const { targets = [], isTrackedOnly = false } = selection
  const { directory } = content.snapshot
  const requests =
    targets.length > 0
      ? targets.map((target) => ({ location: resolve(directory, target), keys: undefined }))
      : [...stageRequests(content), ...(isTrackedOnly ? [] : wholeFiles(content))]
  const results = new Map<string, FileResult>()
  const merged = mergeRequests(requests)
  content.prefetch([...merged.keys()])
  for (const [location, keys] of merged) {
    for (const file of content.list(location) ?? [location]) {
      const path = showPath(file, directory)
      results.set(
        path,
        attempt(() => readKeys(content, { file, path, keys })),
      )
    }
  }
  if (targets.length === 0) addUses(content, results)
  return results
}

interface Request {
  readonly location: string
  /** `undefined` for the whole file. */
  readonly keys: readonly string[] | undefined
}

function stageRequests({ pipeline }: Content): Request[] {
  return pipeline.stages.flatMap(({ parameters }) => parameters)
}

function wholeFiles({ pipeline, snapshot, read }: Content): Request[] {
  const { root } = snapshot
  const named = Array.from(pipeline.topLevels, ([file, { params }]) =>
    params.map((path) => resolve(join(root, dirname(file)), path)),
  ).flat()
  const defaultFile = join(root, defaultParameterFile)
  const locations = read(defaultFile) === undefined ? named : [...named, defaultFile]
  return locations.map((location) => ({ location, keys: undefined }))
}

/** All mentions of a file in one; the whole file wins over keys. */
function mergeRequests(
  requests: readonly Request[],
): ReadonlyMap<string, readonly string[] | undefined> {
  const merged = new Map<string, readonly string[] | undefined>()
  for (const { location, keys } of requests) {
    const known = merged.get(location)
    const isWhole = keys === undefined || (merged.has(location) && known === undefined)
    merged.set(location, isWhole ? undefined : [...new Set([...(known ?? []), ...keys])])
  }
  return merged
}

function readKeys(
  content: Content,
  {
    file,
    path,
    keys,
  }: { readonly file: string; readonly path: string; readonly keys: readonly string[] | undefined },
): YamlValue {
  const values = parseFileValues(content.read(file), path)
  if (keys === undefined) return values
  const selected = new Map<YamlScalar, YamlValue>()
  for (const key of keys) selectInto(selected, values, key.split('.'))
  return selected
}

/** Copies what a dotted key names, in the maps it stands in; of a list, its one item. */
function selectInto(
  into: Map<YamlScalar, YamlValue>,
  value: YamlValue,
  [word = '', ...rest]: readonly string[],
): void {
  if (!isYamlMap(value)) return
  for (const [key, item] of value) {
    if (!matches(word, String(key))) continue
    if (rest.length === 0) into.set(key, item)
    else if (isYamlMap(item)) {
      const known = into.get(key)
      const inner = new Map(known !== undefined && isYamlMap(known) ? known : [])
      selectInto(inner, item, rest)
      if (inner.size > 0) into.set(key, inner)
    } else if (isYamlList(item)) {
      const found = item.filter((_, i) => matches(rest.join('.'), String(i)))
      if (found.length > 0) into.set(key, found)
    }
  }
}

/** A word of a key may hold `*` and `?`. */
function matches(word: string, key: string): boolean {
  if (!/[*?[]/.test(word)) return word === key
  const source = word
    .replaceAll(/[\\^$.+(){}|]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll('[!', '[^')
  return new RegExp(`^${source}$`, 's').test(key)
}

/** Files that are parameters of a stage already are left out. */
function addUses({ pipeline, snapshot }: Content, results: Map<string, FileResult>): void {
  const uses = new Map<string, Map<YamlScalar, YamlValue>>()
  for (const [stage, files] of pipeline.uses) {
    const folder = join(snapshot.root, dirname(stage.file))
    for (const [file, values] of files) {
      const path = showPath(resolve(folder, file), snapshot.directory)
      if (results.has(path)) continue
      const known = uses.get(path) ?? new Map<YamlScalar, YamlValue>()
      for (const [key, value] of values) known.set(key, value)
      uses.set(path, known)
    }
  }
  for (const [path, values] of uses)
    results.set(path, { kind: 'values', values: values satisfies YamlMap })
}
