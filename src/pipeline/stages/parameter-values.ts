/** Parameter files: their text to values, and the values that a stage asks for. */

import { memberOf } from './interpolate.ts'
import type { Place, Problems } from '../yaml/problems.ts'
import { parseYamlNode, toYamlValue } from '../yaml/yaml-node.ts'
import { isYamlMap, type YamlMap, type YamlValue } from '../yaml/yaml-value.ts'

/** DVC's default; needs no mention in `params`. */
export const defaultParameterFile = 'params.yaml'

/** Parses a `.yaml`, `.yml` or `.json` parameter file; `undefined` with a problem when it is not a map. */
export function parseParameterFile(
  text: string,
  file: string,
  problems: Problems,
): YamlMap | undefined {
  const place: Place = { file, line: 1, column: 1 }
  const before = problems.count
  const value = isJsonName(file)
    ? parseJson(text, place, problems)
    : parseYaml(text, file, problems)
  if (problems.count > before) return undefined
  if (isYamlMap(value)) return value
  problems.add(place, 'it holds no keys', `write 'name: value' lines`)
  return undefined
}

/** Whether the kind of parameter file is one we read; TOML and Python files are not yet. */
export function isParameterFileSupported(path: string): boolean {
  return /\.(?:ya?ml|json)$/.test(path)
}

function isJsonName(path: string): boolean {
  return path.endsWith('.json')
}

function parseYaml(text: string, file: string, problems: Problems): YamlValue {
  const node = parseYamlNode(text, file, problems)
  return node === undefined ? new Map() : toYamlValue(node)
}

function parseJson(text: string, place: Place, problems: Problems): YamlValue {
  try {
    return parseJsonValue(text)
  } catch (error) {
    problems.add(place, `it is not JSON: ${error instanceof Error ? error.message : String(error)}`)
    return new Map()
  }
}

function parseJsonValue(text: string): YamlValue {
  // The reviver turns every object into a Map and every number into its kind.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(text, reviveJson) as YamlValue
}

/** Keeps `1` and `1.0` apart, which the source text of each number tells. */
function reviveJson(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value === 'number') {
    const source = context?.source ?? String(value)
    return /^-?\d+$/.test(source) ? BigInt(source) : value
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return new Map(Object.entries(value))
}

/**
 * The values of the keys that a stage asks for, by key; a key that does not exist
 * is absent. Without keys, every top-level key of the file.
 */
export function selectParameters(
  values: YamlMap,
  keys: readonly string[] | undefined,
): ReadonlyMap<string, YamlValue> {
  const selected = new Map<string, YamlValue>()
  if (keys === undefined) {
    for (const [key, value] of values) if (typeof key === 'string') selected.set(key, value)
    return selected
  }
  for (const key of keys) {
    const value = lookUp(values, key)
    if (value !== undefined) selected.set(key, value)
  }
  return selected
}

function lookUp(values: YamlMap, key: string): YamlValue | undefined {
  let value: YamlValue | undefined = values
  for (const word of key.split('.')) {
    if (value === undefined) return undefined
    value = memberOf(value, word)
  }
  return value
}
