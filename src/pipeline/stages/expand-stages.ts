/** `foreach` and `matrix`: one entry of `stages` becomes several, named `group@key`. */

import {
  formatScalarText,
  interpolateNode,
  selectValue,
  wholeExpression,
  type Interpolation,
} from './interpolate.ts'
import type { Problems } from '../yaml/problems.ts'
import { readEntries, readMap } from '../yaml/read-node.ts'
import { toYamlValue, type MapEntry, type MapNode, type YamlNode } from '../yaml/yaml-node.ts'
import {
  describeYamlKind,
  isYamlList,
  isYamlMap,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'

/** One stage before interpolation, with the values it may name. */
export interface StageTemplate {
  readonly name: string
  readonly group: string | undefined
  readonly body: MapNode
  readonly context: YamlMap
}

/** The stages that one entry of `stages` stands for, in order. */
export function expandStage(
  { key, value }: MapEntry,
  context: YamlMap,
  problems: Problems,
): StageTemplate[] {
  const name = formatScalarText(key.value)
  const body = readMap(value, `stage '${name}'`, problems)
  if (body === undefined) return []
  const expansion: Expansion = { name, body, context, problems }
  const keys = new Set(body.entries.map((entry) => entry.key.value))
  if (keys.has('foreach') || keys.has('do')) return expandForeach(expansion)
  return keys.has('matrix') ? expandMatrix(expansion) : [{ name, group: undefined, body, context }]
}

interface Expansion extends Interpolation {
  readonly name: string
  readonly body: MapNode
}

function expandForeach(expansion: Expansion): StageTemplate[] {
  const { name, body, problems } = expansion
  const where = `stage '${name}'`
  const entries = readEntries(body, where, { supported: ['foreach', 'do'] }, problems)
  const over = entries.get('foreach')?.value
  const template = entries.get('do')?.value
  if (over === undefined || template === undefined) {
    problems.add(body.place, `${where} needs both 'foreach' and 'do'`)
    return []
  }
  const templateMap = readMap(template, `'do' in ${where}`, problems)
  const values = resolveContainer(over, expansion)
  if (templateMap === undefined || values === undefined) return []
  return Array.from(keyItems(values), ([key, item]) => {
    const names: [YamlScalar, YamlValue][] = [['item', item]]
    if (isYamlMap(values)) names.push(['key', key])
    const context = new Map([...expansion.context, ...names])
    return { name: `${name}@${key}`, group: name, body: templateMap, context }
  })
}

/** Interpolates what `foreach` or an axis goes over; `${name}` may name a list or a map. */
function resolveContainer(node: YamlNode, interpolation: Expansion): YamlValue | undefined {
  const value = resolveValue(node, interpolation)
  if (value === undefined || isYamlMap(value) || isYamlList(value)) return value
  interpolation.problems.add(
    node.place,
    `'foreach' in stage '${interpolation.name}' is ${describeYamlKind(value)}, expected a list or a map`,
  )
  return undefined
}

function resolveValue(node: YamlNode, interpolation: Interpolation): YamlValue | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    const expression = wholeExpression(node.value)
    if (expression !== undefined) return selectValue(expression, node, interpolation)
  }
  if (node.kind === 'list') {
    return node.items.map((item) => resolveValue(item, interpolation) ?? null)
  }
  if (node.kind === 'scalar') return toYamlValue(interpolateNode(node, interpolation))
  return new Map(
    node.entries.map(({ key, value }) => [key.value, resolveValue(value, interpolation) ?? null]),
  )
}

/** Lists of plain values are named by value, lists with lists or maps in them by index. */
function keyItems(values: YamlValue): Map<string, YamlValue> {
  if (isYamlMap(values)) {
    return new Map(Array.from(values, ([key, item]) => [formatScalarText(key), item]))
  }
  const items = isYamlList(values) ? values : []
  const isComposite = items.some(isContainer)
  return new Map(items.map((item, i) => [isComposite ? String(i) : fragmentOf(item, ''), item]))
}

function isContainer(value: YamlValue): boolean {
  return isYamlMap(value) || isYamlList(value)
}

function fragmentOf(value: YamlValue, otherwise: string): string {
  return isYamlMap(value) || isYamlList(value) ? otherwise : formatScalarText(value)
}

function expandMatrix(expansion: Expansion): StageTemplate[] {
  const { name, body, problems } = expansion
  const matrix = body.entries.find((entry) => entry.key.value === 'matrix')!.value
  const axes = readMap(matrix, `'matrix' in stage '${name}'`, problems)
  if (axes === undefined) return []
  const template = { ...body, entries: body.entries.filter((entry) => entry.value !== matrix) }
  let rows: MatrixRow[] = [{ fragments: [], item: new Map() }]
  for (const axis of axes.entries) {
    const values = resolveValue(axis.value, expansion)
    if (values !== undefined && !isYamlList(values)) {
      problems.add(axis.value.place, `axis '${String(axis.key.value)}' is not a list`)
    }
    rows = rows.flatMap((row) => extendRow(row, axis.key.value, values))
  }
  const byKey = new Map(rows.map((row) => [row.fragments.join('-'), row.item]))
  return Array.from(byKey, ([key, item]) => ({
    name: `${name}@${key}`,
    group: name,
    body: template,
    context: new Map<YamlScalar, YamlValue>([...expansion.context, ['item', item], ['key', key]]),
  }))
}

interface MatrixRow {
  readonly fragments: readonly string[]
  readonly item: YamlMap
}

function extendRow(row: MatrixRow, axis: YamlScalar, values: YamlValue | undefined): MatrixRow[] {
  if (!isYamlList(values)) return []
  return values.map((value, i) => ({
    fragments: [...row.fragments, fragmentOf(value, `${formatScalarText(axis)}${i}`)],
    item: new Map([...row.item, [axis, value]]),
  }))
}
