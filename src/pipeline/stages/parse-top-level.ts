/**
 * What `dvc.yaml` says at its top beside stages: which files are metrics and parameters, how plots are
 * drawn, which artifacts there are. `metrics show`, `params diff`, `plots show` and the like build on
 * `TopLevel`; `parsePipeline` gives one for each dvc.yaml. Paths are as they are written, relative to the
 * folder of dvc.yaml, with everything interpolated and checked as DVC checks it.
 */

import { readEntries, readMap, readText } from '../yaml/read-node.ts'
import { toYamlValue, type MapEntry, type MapNode, type YamlNode } from '../yaml/yaml-node.ts'
import type { YamlValue } from '../yaml/yaml-value.ts'
import type { Place, Problems } from '../yaml/problems.ts'
import { formatScalarText } from './format-flags.ts'
import { interpolateNode, interpolateText, type Interpolation } from './interpolate.ts'
import { checkSectionShape } from './pipeline-shape.ts'

/** The sections of one `dvc.yaml` that are no stages. */
export interface TopLevel {
  /** Metric files or folders of them. */
  readonly metrics: readonly string[]
  /** Parameter files, beside those of stages. */
  readonly params: readonly string[]
  /** By id, in order; an id that stands there twice counts as it stands there last. */
  readonly plots: readonly PlotDefinition[]
  /** By name, in order. */
  readonly artifacts: readonly Artifact[]
  /** Kept as they are: datasets are not supported as dependencies. */
  readonly datasets: readonly YamlValue[]
}

/** One entry of top-level `plots`. */
export interface PlotDefinition {
  /** Its path, or its title when `y` names files. */
  readonly id: string
  /** Whether the id is the path of its data, a file or a folder of them. */
  readonly isPath: boolean
  /** None when it is not said; without a file when the data is that of the id or of `y`. */
  readonly x: readonly PlotFields[]
  readonly y: readonly PlotFields[]
  readonly xLabel: string | undefined
  readonly yLabel: string | undefined
  readonly title: string | undefined
  readonly template: string | undefined
  readonly place: Place
}

/** Fields of one data file. */
export interface PlotFields {
  readonly file: string | undefined
  readonly fields: readonly string[]
}

/** One entry of top-level `artifacts`. */
export interface Artifact {
  readonly name: string
  readonly path: string
  readonly type: string | undefined
  readonly description: string | undefined
  readonly labels: readonly string[]
  /** Anything; `undefined` when there is none. */
  readonly meta: YamlValue | undefined
  readonly place: Place
}

/** Parses all sections but `stages` and `vars`; what is wrong is added to the problems. */
export function parseTopLevel(top: MapNode, { context, problems }: Interpolation): TopLevel {
  const interpolation: Interpolation = { context, problems, allowsContainers: true }
  const sectionOf = (key: string): YamlNode | undefined => {
    const entry = top.entries.find((each) => each.key.value === key)
    return entry !== undefined && checkSectionShape(entry, problems) ? entry.value : undefined
  }
  const itemsOf = (key: string): readonly YamlNode[] => {
    const node = sectionOf(key)
    const items = node?.kind === 'list' ? node.items : []
    return items.map((item) => interpolateNode(item, interpolation))
  }
  return {
    metrics: readPaths(itemsOf('metrics'), 'metrics', problems),
    params: readPaths(itemsOf('params'), 'params', problems),
    plots: readPlots(itemsOf('plots'), problems),
    artifacts: readArtifacts(sectionOf('artifacts'), interpolation),
    datasets: itemsOf('datasets').map((node) => toYamlValue(node)),
  }
}

function readPaths(items: readonly YamlNode[], section: string, problems: Problems): string[] {
  return items.flatMap((item) => readText(item, `an entry of '${section}'`, problems) ?? [])
}

function readPlots(items: readonly YamlNode[], problems: Problems): PlotDefinition[] {
  const plots = new Map<string, PlotDefinition>()
  for (const item of items) {
    // Of a map with several plots DVC takes the first.
    const [entry] = item.kind === 'map' ? item.entries : []
    const id = readText(entry?.key ?? item, `an entry of 'plots'`, problems)
    if (id === undefined) continue
    const definition = readDefinition(id, entry?.value, problems)
    plots.set(id, { ...definition, id, place: item.place })
  }
  return [...plots.values()]
}

const plotKeys = { supported: ['x', 'y', 'x_label', 'y_label', 'title', 'template'] }

function readDefinition(
  id: string,
  node: YamlNode | undefined,
  problems: Problems,
): Omit<PlotDefinition, 'id' | 'place'> {
  const what = `the plot '${id}'`
  const hasNode = node !== undefined && !(node.kind === 'scalar' && node.value === null)
  const map = hasNode ? readMap(node, what, problems) : undefined
  const entries = map && readEntries(map, what, plotKeys, problems)
  const textOf = (key: string): string | undefined => {
    const value = entries?.get(key)?.value
    return value && readLabel(value, `'${key}' in ${what}`, problems)
  }
  const fieldsOf = (key: string): PlotFields[] => {
    const value = entries?.get(key)?.value
    return value === undefined ? [] : readFields(value, `'${key}' in ${what}`, problems)
  }
  return {
    isPath: entries?.get('y')?.value.kind !== 'map',
    x: fieldsOf('x'),
    y: fieldsOf('y'),
    xLabel: textOf('x_label'),
    yLabel: textOf('y_label'),
    title: textOf('title'),
    template: textOf('template'),
  }
}

function readFields(node: YamlNode, what: string, problems: Problems): PlotFields[] {
  if (node.kind !== 'map') return [{ file: undefined, fields: readNames(node, what, problems) }]
  return node.entries.map(({ key, value }) => ({
    file: readText(key, `a file of ${what}`, problems),
    fields: readNames(value, what, problems),
  }))
}

function readNames(node: YamlNode, what: string, problems: Problems): string[] {
  const items = node.kind === 'list' ? node.items : [node]
  return items.flatMap((item) => readLabel(item, `an entry of ${what}`, problems) ?? [])
}

/** A text that is only shown, for which `${…}` may give any single value; none for nothing. */
function readLabel(node: YamlNode, what: string, problems: Problems): string | undefined {
  if (node.kind !== 'scalar') return readText(node, what, problems)
  return node.value === null ? undefined : formatScalarText(node.value)
}

const artifactKeys = { supported: ['path', 'type', 'desc', 'labels', 'meta'] }

function readArtifacts(node: YamlNode | undefined, interpolation: Interpolation): Artifact[] {
  const artifacts = new Map<string, Artifact>()
  for (const entry of node?.kind === 'map' ? node.entries : []) {
    const artifact = readArtifact(entry, interpolation)
    if (artifact !== undefined) artifacts.set(artifact.name, artifact)
  }
  return [...artifacts.values()]
}

function readArtifact(
  { key, value }: MapEntry,
  interpolation: Interpolation,
): Artifact | undefined {
  const { problems } = interpolation
  const name = readText(interpolateText(key, interpolation), `a name in 'artifacts'`, problems)
  const what = `the artifact '${name ?? ''}'`
  const body = readMap(interpolateNode(value, interpolation), what, problems)
  if (name === undefined || body === undefined) return undefined
  const entries = readEntries(body, what, artifactKeys, problems)
  const textOf = (field: string): string | undefined => {
    const node = entries.get(field)?.value
    return node && readLabel(node, `'${field}' in ${what}`, problems)
  }
  const pathNode = entries.get('path')?.value
  const path = pathNode && readText(pathNode, `'path' in ${what}`, problems)
  const labels = entries.get('labels')?.value
  const meta = entries.get('meta')?.value
  if (path === undefined) return undefined
  return {
    name,
    path,
    type: textOf('type'),
    description: textOf('desc'),
    labels: labels === undefined ? [] : readNames(labels, `'labels' in ${what}`, problems),
    meta: meta && toYamlValue(meta),
    place: key.place,
  }
}
