/** The values that `${…}` may name: `params.yaml` and the entries of `vars`, merged. */

import { posix } from 'node:path'
import type { Place, Problems } from '../yaml/problems.ts'
import { findUnusable } from '../yaml/unusable-value.ts'
import { toYamlValue, type ListNode, type YamlNode, type YamlParser } from '../yaml/yaml-node.ts'
import { isYamlList, isYamlMap, type YamlMap, type YamlValue } from '../yaml/yaml-value.ts'
import { hasExpression } from './expression.ts'
import { defaultParameterFile, parseParameterFile } from '../parameters/parameter-values.ts'
import { createMembers, type Variable, type VariableMembers } from './variable.ts'

/** Where variables come from. */
export interface VariableSource {
  /** Gives the text of a file relative to the folder of dvc.yaml; `undefined` when there is none. */
  readonly readText: (path: string) => string | undefined
  readonly problems: Problems
  /** The `dvc.yaml`, as messages show it. */
  readonly file: string
  /** What parses YAML; `parseYamlNode` unless it is said. */
  readonly parseYaml?: YamlParser | undefined
}

/** What is defined at one point of dvc.yaml. */
export interface Variables {
  readonly members: VariableMembers
  /** Files that were read: some of their keys, or all of them (`undefined`). */
  readonly files: ReadonlyMap<string, readonly string[] | undefined>
  /** Names that the `vars` of a stage cannot define: `item` and `key` in a group. */
  readonly reserved: ReadonlySet<string>
  /** Whether a file could not be read: that a name is missing then says nothing. */
  readonly isIncomplete?: boolean
}

/** Which `vars` are read. */
export interface VariableEntries {
  readonly vars: YamlNode | undefined
  /** Folder of the files, relative to the folder of dvc.yaml. */
  readonly folder: string
  /** What messages call the entries: `vars`, or `train.vars` of the stage 'train'. */
  readonly name: string
}

/** Reads and merges the variables of a dvc.yaml; what is wrong is added to the problems. */
export function readVariables(vars: YamlNode | undefined, source: VariableSource): Variables {
  let variables: Variables = { members: new Map(), files: new Map(), reserved: new Set() }
  if (source.readText(defaultParameterFile) !== undefined) {
    const place: Place = { file: source.file, line: 1, column: 1 }
    variables = addFile(variables, defaultParameterFile, { place, folder: '.' }, source)
  }
  return extendVariables(variables, { vars, folder: '.', name: 'vars' }, source)
}

/** The variables with those of more `vars`; those given stay as they are. */
export function extendVariables(
  variables: Variables,
  { vars, folder, name }: VariableEntries,
  source: VariableSource,
): Variables {
  const items = vars?.kind === 'list' ? (vars satisfies ListNode).items : []
  return items.reduce((extended, item, i) => {
    const value = toYamlValue(item)
    if (containsExpression(value)) {
      source.problems.add(item.place, `'vars' cannot contain '\${…}'`, 'write the value itself')
    } else if (isYamlMap(value)) {
      const origin = { source: `${name}[${i}]`, isFile: false, place: item.place }
      return addValues(extended, value, origin, source.problems)
    } else if (typeof value === 'string') {
      return addFile(extended, value, { place: item.place, folder }, source)
    }
    return extended
  }, variables)
}

function containsExpression(value: YamlValue): boolean {
  if (typeof value === 'string') return hasExpression(value)
  if (isYamlList(value)) return value.some(containsExpression)
  return isYamlMap(value) && [...value].some((entry) => entry.some(containsExpression))
}

/** @param item - `file.yaml` or `file.yaml:key1,key2` */
function addFile(
  variables: Variables,
  item: string,
  { place, folder }: { readonly place: Place; readonly folder: string },
  source: VariableSource,
): Variables {
  const { path, asked } = parseFileItem(item, folder)
  const known = variables.files.get(path)
  if (variables.files.has(path)) {
    if (known === undefined && asked === undefined) return variables
    if (overlaps(known, asked)) {
      const hint = 'name each file, or each of its keys, once'
      source.problems.add(place, `'${item}' loads keys of '${path}' for a second time`, hint)
      return variables
    }
  }
  const values = readFileValues(path, asked, place, source)
  if (values === undefined) return { ...variables, isIncomplete: true }
  const files = new Map(variables.files).set(path, asked && [...(known ?? []), ...asked])
  const origin = { source: path, isFile: true, place }
  return addValues({ ...variables, files }, values, origin, source.problems)
}

interface FileItem {
  readonly path: string
  /** `undefined` for all keys. */
  readonly asked: readonly string[] | undefined
}

function parseFileItem(item: string, folder: string): FileItem {
  const [name = '', keyText = ''] = item.split(/:(.*)/s)
  const path = posix.isAbsolute(name) ? posix.normalize(name) : posix.join(folder, name)
  const keys = keyText.split(',').filter((key) => key !== '')
  return { path, asked: keys.length === 0 ? undefined : keys }
}

/** `undefined` stands for all keys. */
function overlaps(
  known: readonly string[] | undefined,
  asked: readonly string[] | undefined,
): boolean {
  if (known === undefined || asked === undefined) return true
  return asked.some((key) => known.includes(key))
}

function readFileValues(
  path: string,
  asked: readonly string[] | undefined,
  place: Place,
  { readText, problems, parseYaml }: VariableSource,
): YamlMap | undefined {
  const text = readText(path)
  if (text === undefined) {
    problems.add(place, `there is no file '${path}'`)
    return undefined
  }
  const values = parseParameterFile(text, path, problems, { forVariables: true, parseYaml })
  if (values === undefined || asked === undefined) return values
  return chooseKeys(values, asked, { path, place }, problems)
}

function chooseKeys(
  values: YamlMap,
  keys: readonly string[],
  { path, place }: { readonly path: string; readonly place: Place },
  problems: Problems,
): YamlMap {
  const chosen = new Map<string, YamlValue>()
  for (const key of keys) {
    const value = values.get(key)
    if (value === undefined) problems.add(place, `there is no '${key}' in '${path}'`)
    else chosen.set(key, value)
  }
  return chosen
}

interface Addition {
  readonly source: string
  readonly isFile: boolean
  readonly place: Place
}

function addValues(
  variables: Variables,
  values: YamlMap,
  { source, isFile, place }: Addition,
  problems: Problems,
): Variables {
  const unusable = findUnusable(values)
  if (unusable !== undefined) {
    const message = `'${unusable.text}' is ${unusable.kind}, which cannot be a variable`
    const hint = `put it in quotes to make it text: '${unusable.text}'`
    problems.add(unusable.place, message, hint)
    return { ...variables, isIncomplete: true }
  }
  const members = createMembers(values, { source, isFile, path: '' })
  const taken = [...variables.reserved].filter((name) => members.has(name))
  for (const name of taken) {
    const message = `'${source}' cannot define '${name}', which is a member of the group here`
    problems.add(place, message, 'rename it')
  }
  if (taken.length > 0) return variables
  return { ...variables, members: mergeMembers(variables.members, members, place, problems) }
}

/** Maps merge into each other; any other value may be defined once. */
function mergeMembers(
  present: VariableMembers,
  added: VariableMembers,
  place: Place,
  problems: Problems,
): VariableMembers {
  const merged = new Map(present)
  for (const [name, variable] of added) {
    const known = merged.get(name)
    if (known === undefined) merged.set(name, variable)
    else if (known.kind === 'map' && variable.kind === 'map') {
      const members = mergeMembers(known.members, variable.members, place, problems)
      merged.set(name, { ...known, members })
    } else addConflict(known, variable, place, problems)
  }
  return merged
}

function addConflict(known: Variable, added: Variable, place: Place, problems: Problems): void {
  const { path, source } = added.origin
  problems.add(
    place,
    `'${path}' from '${String(source)}' is already defined in '${String(known.origin.source)}'`,
    'rename one of them',
  )
}
