/** `${…}` in `dvc.yaml`: text with the values of `params.yaml` and `vars` put in, by DVC's rules. */

import { nearestName } from '../../core/nearest.ts'
import type { Problems } from '../yaml/problems.ts'
import type { MapEntry, ScalarNode, YamlNode } from '../yaml/yaml-node.ts'
import {
  describeYamlKind,
  formatFloat,
  isYamlList,
  isYamlMap,
  type YamlList,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'

/** What interpolation works with. */
export interface Interpolation {
  /** The values by name; keys that are not text are not in it. */
  readonly context: YamlMap
  readonly problems: Problems
  /** Whether a map may stand in the text: only in `cmd`, where it becomes flags. */
  readonly allowsMaps?: boolean
}

/** The node with every text in it interpolated, keys too; places stay. */
export function interpolateNode(node: YamlNode, interpolation: Interpolation): YamlNode {
  switch (node.kind) {
    case 'scalar':
      return interpolateScalar(node, interpolation)
    case 'list':
      return { ...node, items: node.items.map((item) => interpolateNode(item, interpolation)) }
    case 'map':
      return {
        ...node,
        entries: node.entries.map((entry) => interpolateEntry(entry, interpolation)),
      }
  }
}

function interpolateEntry(entry: MapEntry, interpolation: Interpolation): MapEntry {
  return {
    key: interpolateScalar(entry.key, interpolation),
    value: interpolateNode(entry.value, interpolation),
  }
}

function interpolateScalar(node: ScalarNode, interpolation: Interpolation): ScalarNode {
  if (typeof node.value !== 'string' || !node.value.includes('${')) return node
  const text = node.value
  const whole = wholeExpression(text)
  if (whole !== undefined) {
    const value = selectValue(whole, node, interpolation)
    if (value === undefined) return node
    if (!isYamlMap(value) && !isYamlList(value)) return { ...node, value }
    addKindProblem(whole, value, node, interpolation.problems)
    return node
  }
  const filled = text.replace(/(?<!\\)\$\{(.*?)\}/g, (_, expression: string) =>
    textOfExpression(expression, node, interpolation),
  )
  return { ...node, value: filled.replaceAll('\\${', '${') }
}

/** The expression of a text that is one `${…}` and nothing else; its value keeps its type. */
export function wholeExpression(text: string): string | undefined {
  const match = /^\$\{(.*?)\}/.exec(text)
  return match !== null && match[0] === text ? match[1] : undefined
}

function textOfExpression(
  expression: string,
  node: ScalarNode,
  interpolation: Interpolation,
): string {
  const value = selectValue(expression, node, interpolation)
  // After a problem the text stays as it is, so that one mistake is not reported twice.
  if (value === undefined) return `\${${expression}}`
  if (isYamlMap(value) && interpolation.allowsMaps === true) {
    return formatFlags(value, (name) =>
      interpolation.problems.add(node.place, `'${name}' in '\${${expression}}' holds nested lists`),
    )
  }
  if (isYamlMap(value) || isYamlList(value)) {
    addKindProblem(expression, value, node, interpolation.problems)
    return `\${${expression}}`
  }
  return formatScalarText(value)
}

function addKindProblem(
  expression: string,
  value: YamlValue,
  node: ScalarNode,
  problems: Problems,
): void {
  problems.add(
    node.place,
    `'\${${expression}}' is ${describeYamlKind(value)}, which cannot stand in text`,
    'name one of its values',
  )
}

/** Looks a name up; what is wrong with it is added to the problems. */
export function selectValue(
  expression: string,
  node: ScalarNode,
  { context, problems }: Interpolation,
): YamlValue | undefined {
  if (!/^[^.[\]]+(?:\.[^.[\]]+|\[[^.[\]]+\])*$/.test(expression)) {
    problems.add(node.place, `'\${${expression}}' is not a name`, 'write it as ${a.b} or ${a[0]}')
    return undefined
  }
  let value: YamlValue | undefined = context
  for (const word of expression.replaceAll('[', '.').replaceAll(']', '').split('.')) {
    const parent: YamlValue = value
    value = memberOf(parent, word.trim())
    if (value !== undefined) continue
    problems.add(
      node.place,
      `'\${${expression}}' is not defined: there is no '${word.trim()}'`,
      memberHint(parent, word.trim()),
    )
    return undefined
  }
  return value
}

/** The member of a map by key or of a list by index. */
export function memberOf(value: YamlValue, word: string): YamlValue | undefined {
  if (isYamlMap(value)) return value.get(word)
  if (!isYamlList(value) || !/^-?\d+$/.test(word)) return undefined
  return value.at(Number(word))
}

function memberHint(parent: YamlValue, word: string): string {
  const names = isYamlMap(parent) ? [...parent.keys()].filter((key) => typeof key === 'string') : []
  const guess = nearestName(word, names)
  if (guess !== undefined) return `did you mean '${guess}'?`
  return names.length === 0
    ? `it is read from params.yaml and 'vars'`
    : `the names are: ${names.join(', ')}`
}

/** A scalar inside text, as Python prints it, but booleans in lower case. */
export function formatScalarText(value: YamlScalar): string {
  if (value === null) return 'None'
  return typeof value === 'number' ? formatFloat(value).replace(/\.(?=inf|nan)/, '') : String(value)
}

/** A map as command-line flags: `--k v`, true as `--k`, false as nothing, a list as `--k a b`. */
function formatFlags(map: YamlMap, addNested: (name: string) => void): string {
  const flags: string[] = []
  for (const [name, value] of flattenMap(map, '')) {
    if (value === true) flags.push(`--${name}`)
    else if (isYamlList(value)) flags.push(...formatListFlag(name, value, addNested))
    else if (value !== false && !isYamlMap(value)) flags.push(`--${name} ${quoteScalar(value)}`)
  }
  return flags.join(' ')
}

function flattenMap(map: YamlMap, prefix: string): [string, YamlValue][] {
  return [...map].flatMap(([key, value]): [string, YamlValue][] => {
    const name = `${prefix}${String(key)}`
    return isYamlMap(value) ? flattenMap(value, `${name}.`) : [[name, value]]
  })
}

function formatListFlag(name: string, list: YamlList, addNested: (name: string) => void): string[] {
  const items: string[] = []
  for (const item of list) {
    if (isYamlMap(item) || isYamlList(item)) addNested(name)
    // A bare boolean in a list is printed by Python, not by DVC, hence the capital.
    else items.push(typeof item === 'boolean' ? (item ? 'True' : 'False') : quoteScalar(item))
  }
  return items.length === 0 ? [] : [`--${name} ${items.join(' ')}`]
}

function quoteScalar(value: YamlScalar): string {
  if (typeof value !== 'string') return formatScalarText(value)
  if (/^[\w@%+=:,./-]+$/.test(value)) return value
  return `'${value.replaceAll("'", `'"'"'`)}'`
}
