/** `foreach` and `matrix`: one entry of `stages` becomes several, named `group@key`. */

import type { Place, Problems } from '../yaml/problems.ts'
import { describeYamlNode, type MapEntry, type MapNode, type YamlNode } from '../yaml/yaml-node.ts'
import { describeYamlKind } from '../yaml/yaml-value.ts'
import { selectVariable, wholeExpression } from './expression.ts'
import { formatPythonScalar, formatScalarText } from './format-flags.ts'
import { interpolateText } from './interpolate.ts'
import { inlineOrigin, valueOfVariable, type Variable } from './variable.ts'
import type { Variables } from './variables.ts'

/** One stage before interpolation, with the values it may name. */
export interface StageTemplate {
  readonly name: string
  /** For members of a `foreach` or `matrix`, the name before the `@`. */
  readonly group: string | undefined
  readonly body: MapNode
  readonly variables: Variables
}

/** What expanding works with. */
export interface Expansion {
  readonly variables: Variables
  readonly problems: Problems
  /** Takes what is allowed but hardly meant. */
  readonly warn: (place: Place, message: string) => void
}

/** The stages that one entry of `stages` stands for, in order. Its shape has been checked. */
export function expandStage(entry: MapEntry, expansion: Expansion): StageTemplate[] {
  if (entry.value.kind !== 'map') return []
  const group: Group = {
    ...expansion,
    name: String(entry.key.value),
    body: entry.value,
    place: entry.key.place,
  }
  const valueOf = (key: string): YamlNode | undefined =>
    group.body.entries.find((each) => each.key.value === key)?.value
  const over = valueOf('foreach')
  const template = valueOf('do')
  const matrix = valueOf('matrix')
  if (over !== undefined && template?.kind === 'map') return expandForeach(over, template, group)
  if (over !== undefined || template !== undefined) {
    const message = `stage '${group.name}' needs both 'foreach' and 'do'`
    group.problems.add(group.body.place, message)
    return []
  }
  if (matrix?.kind === 'map') return expandMatrix(matrix, group)
  return [{ name: group.name, group: undefined, body: group.body, variables: group.variables }]
}

interface Group extends Expansion {
  readonly name: string
  readonly body: MapNode
  readonly place: Place
}

/** A member of what is gone through. */
interface Item {
  readonly variable: Variable
  /** Whether it was named by `${…}`: DVC then prints it into the stage's name as Python does, `True`. */
  readonly isReferenced: boolean
}

function expandForeach(over: YamlNode, template: MapNode, group: Group): StageTemplate[] {
  const items = resolveForeach(over, group)
  if (items === undefined) return []
  const isMap = items.kind === 'map'
  warnOfShadows(isMap ? ['item', 'key'] : ['item'], group)
  return createMembers(items.byKey, template, group, (key, variable) =>
    isMap ? { item: variable, key: textVariable(key) } : { item: variable },
  )
}

interface ForeachItems {
  readonly kind: 'list' | 'map'
  readonly byKey: ReadonlyMap<string, Variable>
}

function resolveForeach(over: YamlNode, group: Group): ForeachItems | undefined {
  const container = resolveContainer(over, group)
  if (container?.kind === 'list') return { kind: 'list', byKey: keyItems(container.items) }
  if (container?.kind === 'map') return { kind: 'map', byKey: container.members }
  if (container !== undefined) {
    const message = `'foreach' in stage '${group.name}' is ${container.description}, expected a list or a map`
    group.problems.add(over.place, message)
  }
  return undefined
}

type Container =
  | { readonly kind: 'list'; readonly items: readonly Item[] }
  | { readonly kind: 'map'; readonly members: ReadonlyMap<string, Variable> }
  | { readonly kind: 'text'; readonly text: string; readonly description: string }
  | { readonly kind: 'other'; readonly description: string }

/** What `foreach` or an axis goes over; `${name}` may name a list or a map. */
function resolveContainer(node: YamlNode, group: Group): Container | undefined {
  if (node.kind === 'list') {
    const items = node.items.map((item) => resolveItem(item, group))
    return { kind: 'list', items }
  }
  if (node.kind === 'map') return { kind: 'map', members: resolveMembers(node, group, false) }
  const variable = selectWhole(node, group)
  if (variable === 'missing') return undefined
  if (variable?.kind === 'list') {
    const items = variable.items.map((item) => ({ variable: item, isReferenced: true }))
    return { kind: 'list', items }
  }
  if (variable?.kind === 'map') return variable
  if (variable !== undefined) {
    return { kind: 'other', description: describeYamlKind(valueOfVariable(variable)) }
  }
  const { value: text } = interpolateText(node, lookupOf(group))
  const description = describeYamlNode(node)
  return typeof text === 'string'
    ? { kind: 'text', text, description }
    : { kind: 'other', description }
}

function lookupOf({ variables, problems }: Group): {
  readonly context: Variables['members']
  readonly problems: Problems
} {
  return { context: variables.members, problems }
}

/** The variable of a text that is `${…}` alone; 'missing' after a problem. */
function selectWhole(node: YamlNode, group: Group): Variable | 'missing' | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return undefined
  const expression = wholeExpression(node.value)
  if (expression === undefined) return undefined
  return selectVariable(expression, node.place, lookupOf(group)) ?? 'missing'
}

function resolveItem(node: YamlNode, group: Group): Item {
  const whole = selectWhole(node, group)
  if (whole !== undefined && whole !== 'missing') return { variable: whole, isReferenced: true }
  return { variable: resolveVariable(node, group), isReferenced: false }
}

/** A node with what it names, which may be lists and maps too. */
function resolveVariable(node: YamlNode, group: Group): Variable {
  const origin = inlineOrigin
  if (node.kind === 'list') {
    return {
      kind: 'list',
      origin,
      items: node.items.map((item) => resolveItem(item, group).variable),
    }
  }
  if (node.kind === 'map')
    return { kind: 'map', origin, members: resolveMembers(node, group, true) }
  return { kind: 'scalar', origin, value: interpolateText(node, lookupOf(group)).value }
}

/** @param isInner - members of maps inside cannot be named unless their key is text */
function resolveMembers(node: MapNode, group: Group, isInner: boolean): Map<string, Variable> {
  const members = new Map<string, Variable>()
  for (const { key, value } of node.entries) {
    if (typeof key.value === 'string' && wholeExpression(key.value) !== undefined) {
      const hint = 'write the key itself'
      group.problems.add(key.place, `the key '${key.value}' cannot be an expression alone`, hint)
      continue
    }
    const name = interpolateText(key, lookupOf(group)).value
    if (isInner && typeof name !== 'string') continue
    members.set(formatScalarText(name), resolveItem(value, group).variable)
  }
  return members
}

/** Lists of single values are named by value, lists with lists or maps in them by index. */
function keyItems(items: readonly Item[]): Map<string, Variable> {
  const isComposite = items.some(({ variable }) => variable.kind !== 'scalar')
  return new Map(
    items.map((item, i) => [isComposite ? String(i) : fragmentOf(item, ''), item.variable]),
  )
}

function fragmentOf({ variable, isReferenced }: Item, otherwise: string): string {
  if (variable.kind !== 'scalar') return otherwise
  return (isReferenced ? formatPythonScalar : formatScalarText)(variable.value)
}

function textVariable(value: string): Variable {
  return { kind: 'scalar', origin: inlineOrigin, value }
}

function warnOfShadows(names: readonly string[], { variables, name, place, warn }: Group): void {
  for (const shadowed of names.filter((each) => variables.members.has(each))) {
    warn(place, `'${shadowed}' is already defined; in the stages of '${name}' it is their own`)
  }
}

function createMembers(
  items: ReadonlyMap<string, Variable>,
  body: MapNode,
  group: Group,
  namesOf: (key: string, variable: Variable) => Readonly<Record<string, Variable>>,
): StageTemplate[] {
  return Array.from(items).flatMap(([key, variable]) => {
    if (key === '' || key.includes('@')) {
      const hint = 'a stage is named after its members; go over other values'
      group.problems.add(group.place, `DVC cannot name a stage '${group.name}@${key}'`, hint)
      return []
    }
    const names = namesOf(key, variable)
    const members = new Map([...group.variables.members, ...Object.entries(names)])
    const variables = { ...group.variables, members, reserved: new Set(Object.keys(names)) }
    return [{ name: `${group.name}@${key}`, group: group.name, body, variables }]
  })
}

function expandMatrix(matrix: MapNode, group: Group): StageTemplate[] {
  warnOfShadows(['item', 'key'], group)
  const body = {
    ...group.body,
    entries: group.body.entries.filter((entry) => entry.value !== matrix),
  }
  let rows: readonly MatrixRow[] = [{ fragments: [], item: new Map() }]
  for (const [axis, items] of resolveAxes(matrix, group)) {
    rows = rows.flatMap((row) => extendRow(row, axis, items))
  }
  const byKey = new Map(
    rows.map(({ fragments, item }): [string, Variable] => [
      fragments.join('-'),
      { kind: 'map', origin: inlineOrigin, members: item },
    ]),
  )
  return createMembers(byKey, body, group, (key, item) => ({ item, key: textVariable(key) }))
}

/** Axes that become the same name are one, the last counts. */
function resolveAxes(matrix: MapNode, group: Group): Map<string, readonly Item[]> {
  const axes = new Map<string, readonly Item[]>()
  for (const { key, value } of matrix.entries) {
    const name = String(key.value)
    if (wholeExpression(name) !== undefined) {
      const message = `the axis '${name}' cannot be an expression alone`
      group.problems.add(key.place, message, 'write the name itself')
      continue
    }
    const axis = formatScalarText(interpolateText(key, lookupOf(group)).value)
    axes.set(axis, resolveAxis(value, axis, group))
  }
  return axes
}

/** A text is an axis of its characters and a named map one of its keys, as Python iterates them. */
function resolveAxis(node: YamlNode, axis: string, group: Group): readonly Item[] {
  const container = resolveContainer(node, group)
  if (container === undefined) return []
  if (container.kind === 'list') return container.items
  if (container.kind === 'text') return inlineItems(Array.from(container.text))
  if (container.kind === 'map' && node.kind !== 'map') return inlineItems(container.members.keys())
  group.problems.add(node.place, `axis '${axis}' is not a list`)
  return []
}

function inlineItems(texts: Iterable<string>): Item[] {
  return Array.from(texts, (text) => ({ variable: textVariable(text), isReferenced: false }))
}

interface MatrixRow {
  readonly fragments: readonly string[]
  readonly item: ReadonlyMap<string, Variable>
}

function extendRow(row: MatrixRow, axis: string, items: readonly Item[]): MatrixRow[] {
  return items.map((item, i) => ({
    fragments: [...row.fragments, fragmentOf(item, `${axis}${i}`)],
    item: new Map([...row.item, [axis, item.variable]]),
  }))
}
