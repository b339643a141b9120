/** The values that `${…}` may name: `params.yaml` and the entries of `vars`, merged. */

import { posix } from 'node:path'
import {
  defaultParameterFile,
  isParameterFileSupported,
  parseParameterFile,
} from './parameter-values.ts'
import type { Place, Problems } from '../yaml/problems.ts'
import { toYamlValue, type YamlNode } from '../yaml/yaml-node.ts'
import { isYamlList, isYamlMap, type YamlMap, type YamlValue } from '../yaml/yaml-value.ts'

/** Where variables come from. */
export interface VariableSource {
  /** Gives the text of a file relative to the folder of dvc.yaml; `undefined` when there is none. */
  readonly readText: (path: string) => string | undefined
  readonly problems: Problems
}

interface Loading extends VariableSource {
  readonly merged: Map<string, Branch>
  /** Files that were read: all of them, or some keys. */
  readonly files: Map<string, readonly string[] | undefined>
}

/** A map that is still being merged, or a final value, and where it came from. */
interface Branch {
  readonly source: string
  readonly value: YamlValue | undefined
  readonly members: Map<string, Branch> | undefined
}

/** Reads and merges all variables; what is wrong is added to the problems. */
export function readVariables(vars: YamlNode | undefined, source: VariableSource): YamlMap {
  const loading: Loading = { ...source, merged: new Map(), files: new Map() }
  const start: Place = { file: 'dvc.yaml', line: 1, column: 1 }
  if (source.readText(defaultParameterFile) !== undefined) {
    loadFile(defaultParameterFile, start, loading)
  }
  if (vars !== undefined && vars.kind !== 'list') {
    source.problems.add(vars.place, `'vars' is not a list`, `start each entry with '- '`)
  }
  for (const [i, item] of (vars?.kind === 'list' ? vars.items : []).entries()) {
    loadItem(item, `vars[${i}]`, loading)
  }
  return finish(loading.merged)
}

function loadItem(item: YamlNode, name: string, loading: Loading): void {
  const value = toYamlValue(item)
  if (containsExpression(value)) {
    loading.problems.add(item.place, `'vars' cannot contain '\${…}'`, 'write the value itself')
  } else if (isYamlMap(value)) {
    merge(loading.merged, value, { source: name, path: '', place: item.place }, loading.problems)
  } else if (typeof value === 'string') {
    loadFile(value, item.place, loading)
  } else {
    loading.problems.add(item.place, `'${name}' is neither a file name nor a map`)
  }
}

function containsExpression(value: YamlValue): boolean {
  if (typeof value === 'string') return /(?<!\\)\$\{.*?\}/.test(value)
  if (isYamlList(value)) return value.some(containsExpression)
  return isYamlMap(value) && [...value].some((entry) => entry.some(containsExpression))
}

/** @param item - `file.yaml` or `file.yaml:key1,key2` */
function loadFile(item: string, place: Place, loading: Loading): void {
  const [name = '', keyText = ''] = item.split(/:(.*)/s)
  const path = posix.normalize(name)
  const keys = keyText.split(',').filter((key) => key !== '')
  const asked = keys.length === 0 ? undefined : keys
  if (loading.files.has(path)) {
    const known = loading.files.get(path)
    if (known === undefined && asked === undefined) return
    if (overlaps(known, asked)) {
      loading.problems.add(place, `'${item}' loads keys of '${path}' for a second time`)
      return
    }
  }
  loading.files.set(path, asked && [...(loading.files.get(path) ?? []), ...asked])
  const values = readFileValues(path, place, loading)
  if (values === undefined) return
  const chosen = asked === undefined ? values : chooseKeys(values, asked, { path, place }, loading)
  merge(loading.merged, chosen, { source: path, path: '', place }, loading.problems)
}

/** `undefined` stands for all keys. */
function overlaps(
  known: readonly string[] | undefined,
  asked: readonly string[] | undefined,
): boolean {
  if (known === undefined || asked === undefined) return true
  return asked.some((key) => known.includes(key))
}

function readFileValues(path: string, place: Place, loading: Loading): YamlMap | undefined {
  if (!isParameterFileSupported(path)) {
    const hint = 'use a .yaml or .json file'
    loading.problems.add(place, `reading variables from '${path}' is not supported yet`, hint)
    return undefined
  }
  const text = loading.readText(path)
  if (text !== undefined) return parseParameterFile(text, path, loading.problems)
  loading.problems.add(place, `there is no file '${path}'`)
  return undefined
}

function chooseKeys(
  values: YamlMap,
  keys: readonly string[],
  { path, place }: { readonly path: string; readonly place: Place },
  { problems }: Loading,
): YamlMap {
  const chosen = new Map<string, YamlValue>()
  for (const key of keys) {
    const value = values.get(key)
    if (value === undefined) problems.add(place, `there is no '${key}' in '${path}'`)
    else chosen.set(key, value)
  }
  return chosen
}

interface Origin {
  readonly source: string
  /** Dotted path of the map that is merged, with a dot at its end. */
  readonly path: string
  readonly place: Place
}

/** Maps merge into each other; any other value may be defined once. Keys that are not text are left out. */
function merge(
  into: Map<string, Branch>,
  values: YamlMap,
  origin: Origin,
  problems: Problems,
): void {
  for (const [key, value] of values) {
    if (typeof key !== 'string') continue
    const present = into.get(key)
    if (present === undefined) into.set(key, toBranch(value, origin.source))
    else if (present.members !== undefined && isYamlMap(value)) {
      merge(present.members, value, { ...origin, path: `${origin.path}${key}.` }, problems)
    } else {
      const name = `${origin.path}${key}`
      problems.add(
        origin.place,
        `'${name}' from '${origin.source}' is already defined in '${present.source}'`,
        'rename one of them',
      )
    }
  }
}

function toBranch(value: YamlValue, source: string): Branch {
  if (!isYamlMap(value)) return { source, value, members: undefined }
  const members = new Map<string, Branch>()
  for (const [key, item] of value) {
    if (typeof key === 'string') members.set(key, toBranch(item, source))
  }
  return { source, value: undefined, members }
}

function finish(branches: ReadonlyMap<string, Branch>): YamlMap {
  return new Map(
    Array.from(branches, ([key, { value, members }]): [string, YamlValue] => [
      key,
      members === undefined ? (value ?? null) : finish(members),
    ]),
  )
}
