/** A value that `${…}` may name, and where it came from. */

import {
  isYamlList,
  isYamlMap,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'

/** Where a variable was defined. */
export interface VariableOrigin {
  /** A file, or a place in dvc.yaml such as `vars[0]`; `undefined` for what a `foreach` lists itself. */
  readonly source: string | undefined
  readonly isFile: boolean
  /** Dotted path in there. */
  readonly path: string
}

/** A single value. */
export interface ScalarVariable {
  readonly kind: 'scalar'
  readonly origin: VariableOrigin
  readonly value: YamlScalar
}

/** Variables by index. */
export interface ListVariable {
  readonly kind: 'list'
  readonly origin: VariableOrigin
  readonly items: readonly Variable[]
}

/** Variables by name. */
export interface MapVariable {
  readonly kind: 'map'
  readonly origin: VariableOrigin
  readonly members: VariableMembers
}

/** Variables by name, in the order of their definition. */
export type VariableMembers = ReadonlyMap<string, Variable>

/** Any variable, by `kind`. */
export type Variable = ScalarVariable | ListVariable | MapVariable

/** The origin of values that are written where they are used. */
export const inlineOrigin: VariableOrigin = { source: undefined, isFile: false, path: '' }

/** Makes a value a variable. Members of maps whose keys are not text cannot be named and are left out. */
export function createVariable(value: YamlValue, origin: VariableOrigin): Variable {
  if (isYamlMap(value)) return { kind: 'map', origin, members: createMembers(value, origin) }
  if (!isYamlList(value)) return { kind: 'scalar', origin, value }
  const items = value.map((item, i) => createVariable(item, below(origin, String(i))))
  return { kind: 'list', origin, items }
}

/** The members of a map as variables. */
export function createMembers(values: YamlMap, origin: VariableOrigin): Map<string, Variable> {
  const members = new Map<string, Variable>()
  for (const [key, value] of values) {
    if (typeof key === 'string') members.set(key, createVariable(value, below(origin, key)))
  }
  return members
}

function below(origin: VariableOrigin, word: string): VariableOrigin {
  return { ...origin, path: origin.path === '' ? word : `${origin.path}.${word}` }
}

/** The plain value of a variable. */
export function valueOfVariable(variable: Variable): YamlValue {
  switch (variable.kind) {
    case 'scalar':
      return variable.value
    case 'list':
      return variable.items.map(valueOfVariable)
    case 'map':
      return new Map(Array.from(variable.members, ([key, item]) => [key, valueOfVariable(item)]))
  }
}

/** The member of a map by name or of a list by index, which may count from the end: `-1`. */
export function memberOfVariable(variable: Variable, word: string): Variable | undefined {
  if (variable.kind === 'map') return variable.members.get(word)
  if (variable.kind === 'scalar' || !/^[-+]?\d+(?:_\d+)*$/.test(word)) return undefined
  return variable.items.at(Number(word.replaceAll('_', '')))
}
