/** `${…}` in `dvc.yaml`: text with the values of `params.yaml` and `vars` put in, by DVC's rules. */

import type { Place } from '../yaml/problems.ts'
import type { MapEntry, MapNode, ScalarNode, YamlNode } from '../yaml/yaml-node.ts'
import {
  describeYamlKind,
  isYamlList,
  isYamlMap,
  keyIdentity,
  type YamlValue,
} from '../yaml/yaml-value.ts'
import { fillExpressions, selectVariable, wholeExpression, type Lookup } from './expression.ts'
import { formatFlags, formatScalarText, type ParsingSettings } from './format-flags.ts'
import { valueOfVariable } from './variable.ts'

/** What interpolation works with. */
export interface Interpolation extends Lookup {
  /** Set where a map may stand in text as flags: only in `cmd`. */
  readonly flags?: ParsingSettings | undefined
  /** Whether `${…}` alone may give a list or a map: only at the top of dvc.yaml. */
  readonly allowsContainers?: boolean
}

/** The node with every text in it interpolated, keys too; places stay. */
export function interpolateNode(node: YamlNode, interpolation: Interpolation): YamlNode {
  switch (node.kind) {
    case 'scalar':
      return interpolateScalar(node, interpolation)
    case 'list':
      return { ...node, items: node.items.map((item) => interpolateNode(item, interpolation)) }
    case 'map':
      return interpolateMap(node, interpolation)
  }
}

/** Keys that become equal are one, which is the first of them, with the last value. */
function interpolateMap(node: MapNode, interpolation: Interpolation): MapNode {
  const entries = new Map<unknown, MapEntry>()
  for (const { key, value } of node.entries) {
    const name = interpolateText(key, interpolation)
    const identity = keyIdentity(name.value)
    const first = entries.get(identity)?.key ?? name
    entries.set(identity, { key: first, value: interpolateNode(value, interpolation) })
  }
  return { ...node, entries: [...entries.values()] }
}

function interpolateScalar(node: ScalarNode, interpolation: Interpolation): YamlNode {
  const { value: text, place } = node
  const whole = typeof text === 'string' ? wholeExpression(text) : undefined
  if (whole === undefined || interpolation.allowsContainers !== true) {
    return interpolateText(node, interpolation)
  }
  const variable = selectVariable(whole, place, interpolation)
  return variable === undefined ? node : toNode(valueOfVariable(variable), place)
}

function toNode(value: YamlValue, place: Place): YamlNode {
  if (isYamlList(value)) {
    return { kind: 'list', place, items: value.map((item) => toNode(item, place)) }
  }
  if (!isYamlMap(value)) return { kind: 'scalar', place, value }
  const entries = Array.from(value, ([key, item]): MapEntry => ({
    key: { kind: 'scalar', place, value: key },
    value: toNode(item, place),
  }))
  return { kind: 'map', place, entries }
}

/** A text with its expressions filled in; what is `${…}` alone keeps the type of its value. */
export function interpolateText(node: ScalarNode, interpolation: Interpolation): ScalarNode {
  const { value: text, place } = node
  if (typeof text !== 'string' || !text.includes('${')) return node
  const whole = wholeExpression(text)
  if (whole === undefined) {
    const fill = (expression: string): string => fillExpression(expression, place, interpolation)
    return { ...node, value: fillExpressions(text, fill) }
  }
  const variable = selectVariable(whole, place, interpolation)
  // After a problem the text stays as it is, so that one mistake is not reported twice.
  if (variable === undefined) return node
  if (variable.kind === 'scalar') return { ...node, value: variable.value }
  addKindProblem(whole, valueOfVariable(variable), place, interpolation)
  return node
}

function fillExpression(expression: string, place: Place, interpolation: Interpolation): string {
  const variable = selectVariable(expression, place, interpolation)
  if (variable?.kind === 'scalar') return formatScalarText(variable.value)
  if (variable !== undefined) {
    const value = valueOfVariable(variable)
    const text = formatContainer(expression, value, place, interpolation)
    if (text !== undefined) return text
  }
  return `\${${expression}}`
}

function formatContainer(
  expression: string,
  value: YamlValue,
  place: Place,
  interpolation: Interpolation,
): string | undefined {
  if (!isYamlMap(value) || interpolation.flags === undefined) {
    addKindProblem(expression, value, place, interpolation)
    return undefined
  }
  const flags = formatFlags(value, interpolation.flags)
  if ('text' in flags) return flags.text
  const message = `'${flags.nested}' in '\${${expression}}' holds nested lists`
  interpolation.problems.add(place, message, 'flags can be lists of single values')
  return undefined
}

function addKindProblem(
  expression: string,
  value: YamlValue,
  place: Place,
  { problems, flags }: Interpolation,
): void {
  const isWholeCommand = isYamlMap(value) && flags !== undefined
  problems.add(
    place,
    `'\${${expression}}' is ${describeYamlKind(value)}, which cannot stand ${isWholeCommand ? 'for a command' : 'in text'}`,
    isWholeCommand ? 'write the program before it' : 'name one of its values',
  )
}
