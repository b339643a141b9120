/** Reading typed values out of YAML nodes; what does not fit is added to the problems. */

import { nearestName } from '../../core/nearest.ts'
import type { Problems } from './problems.ts'
import { toYamlValue, type MapEntry, type MapNode, type YamlNode } from './yaml-node.ts'
import { describeYamlKind } from './yaml-value.ts'

/** The keys of a map. */
export interface KnownKeys {
  readonly supported: readonly string[]
}

/** The entries by key; unknown keys are problems, never ignored. */
export function readEntries(
  map: MapNode,
  where: string,
  { supported }: KnownKeys,
  problems: Problems,
): ReadonlyMap<string, MapEntry> {
  const entries = new Map<string, MapEntry>()
  for (const entry of map.entries) {
    const key = String(entry.key.value)
    if (supported.includes(key)) entries.set(key, entry)
    else {
      const guess = nearestName(key, supported)
      const hint =
        guess === undefined ? `known are: ${supported.join(', ')}` : `did you mean '${guess}'?`
      problems.add(entry.key.place, `unknown key '${key}' in ${where}`, hint)
    }
  }
  return entries
}

/** @param what - the subject of the message, for example `'deps' in stage 'a'` */
export function readMap(node: YamlNode, what: string, problems: Problems): MapNode | undefined {
  if (node.kind === 'map') return node
  addKindProblem(node, what, 'a map', problems)
  return undefined
}

/** The items of a list; none when the node is absent or something else. */
export function readList(
  node: YamlNode | undefined,
  what: string,
  problems: Problems,
): readonly YamlNode[] {
  if (node === undefined) return []
  if (node.kind === 'list') return node.items
  addKindProblem(node, what, 'a list', problems)
  return []
}

/** The text of a scalar that is text; `undefined` with a problem for anything else. */
export function readText(node: YamlNode, what: string, problems: Problems): string | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'string') return node.value
  addKindProblem(node, what, 'a text', problems)
  return undefined
}

/** The boolean of a scalar; `undefined` when it is absent, or with a problem for anything else. */
export function readBoolean(
  node: YamlNode | undefined,
  what: string,
  problems: Problems,
): boolean | undefined {
  if (node === undefined) return undefined
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
  addKindProblem(node, what, 'true or false', problems)
  return undefined
}

function addKindProblem(node: YamlNode, what: string, wanted: string, problems: Problems): void {
  problems.add(node.place, `${what} is ${describeYamlKind(toYamlValue(node))}, expected ${wanted}`)
}
