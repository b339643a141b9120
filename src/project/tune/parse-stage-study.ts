/** The section below `tune` in params.yaml that is of a stage: what is searched, and what for. */

import { isObject } from '../../core/json.ts'
import { defaultParameterFile } from '../../pipeline/parameters/parameter-values.ts'
import { formatYamlFlow } from '../../pipeline/yaml/format-yaml-flow.ts'
import { toYamlValue, type MapNode, type YamlNode } from '../../pipeline/yaml/yaml-node.ts'
import { isYamlList, isYamlMap, type YamlValue } from '../../pipeline/yaml/yaml-value.ts'
import type { Dimension, TrialValue } from '../../training/tune/dimension.ts'
import type { StudySettings } from '../../training/tune/study.ts'
import {
  checkSection,
  withDefaults,
  type Rules,
  type ValueOf,
} from '../parameters/parameter-rules.ts'
import { parseDimension } from '../parameters/parse-search-space.ts'
import { checkHalving, halvingOf, studyRules } from '../parameters/parse-tuning.ts'

/** A stage's section, by itself: whether the pipeline has what it names is another question. */
export interface StageSection {
  readonly settings: StudySettings
  readonly metric: MetricName
  readonly direction: 'maximize' | 'minimize'
  /** Those of the space in its order, then the resource. */
  readonly parameters: readonly SearchedParameter[]
}

/** A number of a metric file. */
export interface MetricName {
  /** `FILE:KEY`. */
  readonly text: string
  readonly file: string
  /** Dotted. */
  readonly key: string
}

/** A parameter that trials set. */
export interface SearchedParameter {
  /** `[FILE:]KEY`, as it stands in the space. */
  readonly name: string
  readonly file: string
  /** Dotted. */
  readonly key: string
  /** Two values that it may have, the first of them in every study of the same space. */
  readonly samples: readonly [YamlValue, YamlValue]
  readonly isNumber: boolean
  /** Where it stands in params.yaml. */
  readonly path: readonly string[]
  /** A trial's value as it is written: an integer, a float, or the very option of a choice. */
  readonly toYaml: (value: TrialValue) => YamlValue
}

const rules = {
  ...studyRules,
  metric: {
    kind: 'text',
    pattern: /^[^:]+:.+$/,
    expected: 'a file and a key, as in metrics.json:auc',
  },
  direction: { kind: 'choice', options: ['maximize', 'minimize'] },
} as const satisfies Rules

/** What could be read of a section; it is whole only when there is no problem. */
export interface ParsedStageSection {
  readonly section: StageSection | undefined
  readonly metric: MetricName | undefined
  readonly parameters: readonly SearchedParameter[]
  readonly problems: readonly string[]
}

/**
 * Reads a section.
 *
 * @param at - file, line and column of a path
 */
export function parseStageSection(
  node: YamlNode,
  path: readonly string[],
  at: (path: readonly string[]) => string,
): ParsedStageSection {
  const value = toPlain(toYamlValue(node))
  const nothing = { section: undefined, metric: undefined, parameters: [] }
  if (!isObject(value)) return { ...nothing, problems: checkSection(rules, value, path, at) }
  const { space: _space, halving, ...scalars } = value
  const { dimensions, parameters: searched, problems: ofSpace } = parseSpace(node, path, at)
  const ofHalving = checkHalving(value, path, { at, findProblem: () => undefined })
  const problems = [...checkSection(rules, scalars, path, at), ...ofSpace, ...ofHalving]
  const given = ofHalving.length === 0 ? halvingOf(halving) : {}
  const resource = given.halving && resourceOf(given.halving, [...path, 'halving', 'resource'])
  const parameters = resource === undefined ? searched : [...searched, resource]
  const metric = parseMetric(scalars['metric'])
  if (problems.length > 0 || metric === undefined) {
    return { section: undefined, metric, parameters, problems }
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- held against the rules just now
  const { direction, ...checked } = withDefaults(rules, scalars) as ValueOf<typeof rules>
  const settings = { ...checked, space: Object.fromEntries(dimensions), ...given }
  return { section: { settings, metric, direction, parameters }, metric, parameters, problems }
}

function parseMetric(text: unknown): MetricName | undefined {
  if (typeof text !== 'string' || !rules.metric.pattern.test(text)) return undefined
  const [file = '', ...key] = text.split(':')
  return { text, file, key: key.join(':') }
}

function parseSpace(
  section: YamlNode,
  above: readonly string[],
  at: (path: readonly string[]) => string,
): {
  readonly dimensions: ReadonlyMap<string, Dimension>
  readonly parameters: readonly SearchedParameter[]
  readonly problems: readonly string[]
} {
  const path = [...above, 'space']
  const dimensions = new Map<string, Dimension>()
  const parameters: SearchedParameter[] = []
  const problems: string[] = []
  const space = childOf(section, 'space')
  if (space?.kind !== 'map' || space.entries.length === 0) {
    const found = space === undefined ? 'missing' : 'no section with ranges in it'
    problems.push(`${at(path)}: '${path.join('.')}' is ${found}: name a parameter and its range`)
    return { dimensions, parameters, problems }
  }
  for (const entry of space.entries) {
    const name = String(entry.key.value)
    const own = [...path, name]
    const options = optionsOf(entry.value)
    const range =
      options === undefined ? toPlain(toYamlValue(entry.value)) : { choice: options.names }
    const dimension = parseDimension(range)
    if (typeof dimension === 'string') {
      problems.push(`${at(own)}: ${dimension.replace('RANGE', `'${own.join('.')}'`)}`)
      continue
    }
    dimensions.set(name, dimension)
    parameters.push(searchedBy(dimension, options, { ...splitName(name), path: own }))
  }
  return { dimensions, parameters, problems }
}

/** What a choice is among: text for what trials cannot have as it is, such as null and lists. */
interface Options {
  readonly names: readonly TrialValue[]
  readonly values: readonly YamlValue[]
}

function optionsOf(range: YamlNode): Options | undefined {
  const choice = childOf(range, 'choice')
  if (choice?.kind !== 'list' || range.kind !== 'map' || range.entries.length !== 1)
    return undefined
  const values = choice.items.map((item) => toYamlValue(item))
  return { values, names: values.map(optionName) }
}

function optionName(value: YamlValue): TrialValue {
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'object' ? formatYamlFlow(value) : value
}

function searchedBy(
  dimension: Dimension,
  options: Options | undefined,
  place: Pick<SearchedParameter, 'name' | 'file' | 'key' | 'path'>,
): SearchedParameter {
  if (dimension.kind === 'choice') {
    const values = options?.values ?? []
    const toYaml = (value: TrialValue): YamlValue =>
      values[dimension.options.findIndex((option) => String(option) === String(value))] ?? null
    return { ...place, isNumber: false, samples: [values[0]!, values[1]!], toYaml }
  }
  const toYaml = dimension.kind.endsWith('integer') ? toInteger : Number
  return {
    ...place,
    isNumber: true,
    samples: [toYaml(dimension.min), toYaml(dimension.max)],
    toYaml,
  }
}

function resourceOf(
  { resource, min, max }: { readonly resource: string; readonly min: number; readonly max: number },
  path: readonly string[],
): SearchedParameter {
  // Both ends may be the same number.
  const samples = [BigInt(min), BigInt(max + 1)] as const
  return { ...splitName(resource), path, isNumber: true, samples, toYaml: toInteger }
}

/** An integer of YAML is a bigint, a float a number. */
function toInteger(value: TrialValue): YamlValue {
  return BigInt(value)
}

function splitName(name: string): Pick<SearchedParameter, 'name' | 'file' | 'key'> {
  const colon = name.indexOf(':')
  if (colon === -1) return { name, file: defaultParameterFile, key: name }
  return { name, file: name.slice(0, colon), key: name.slice(colon + 1) }
}

/** The value of a key of a map. */
export function childOf(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return entryOf(node, key)?.value
}

/** The entry of a key of a map. */
export function entryOf(
  node: YamlNode | undefined,
  key: string,
): MapNode['entries'][number] | undefined {
  if (node?.kind !== 'map') return undefined
  return node.entries.find((entry) => String(entry.key.value) === key)
}

/** A value as JSON has it. */
export function toPlain(value: YamlValue): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (isYamlList(value)) return value.map(toPlain)
  if (!isYamlMap(value)) return value
  return Object.fromEntries(Array.from(value, ([key, item]) => [String(key), toPlain(item)]))
}
