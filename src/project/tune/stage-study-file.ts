/** Reads what a study of a stage is about: its section in params.yaml, held against the pipeline. */

import { relative, resolve } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { openContent, workspaceName, type Content } from '../../pipeline/compare/content-file.ts'
import { readMetrics } from '../../pipeline/compare/read-metrics.ts'
import {
  applyAssignments,
  isEditable,
  namesIn,
  valueAtKey,
} from '../../pipeline/experiments/index.ts'
import type { Repository } from '../../pipeline/repository/repository.ts'
import { readTextNow } from '../../pipeline/repository/text-file.ts'
import { isSameOrWithin, orderStages } from '../../pipeline/stages/graph.ts'
import {
  defaultParameterFile,
  parseParameterFile,
} from '../../pipeline/parameters/parameter-values.ts'
import type { Stage } from '../../pipeline/stages/stage.ts'
import { selectStages } from '../../pipeline/stages/targets.ts'
import { createProblems } from '../../pipeline/yaml/problems.ts'
import { parseYamlNode, type YamlNode } from '../../pipeline/yaml/yaml-node.ts'
import {
  describeYamlKind,
  isYamlList,
  isYamlMap,
  type YamlMap,
  type YamlValue,
} from '../../pipeline/yaml/yaml-value.ts'
import { findMetric, metricNames } from './metric-value.ts'
import {
  childOf,
  entryOf,
  parseStageSection,
  toPlain,
  type MetricName,
  type SearchedParameter,
  type StageSection,
} from './parse-stage-study.ts'
import { isStageSection } from '../parameters/parse-tuning.ts'
import { describeStages, stagesFor, type OtherTexts } from './stage-facts.ts'

/** A study of a stage that the pipeline has all for. */
export interface StageStudy extends StageSection {
  /** Its section's name. */
  readonly name: string
  /** The stage that writes the metric, which a trial brings up to date. */
  readonly target: string
  /** The values that the parameters have now, by name. */
  readonly current: ReadonlyMap<string, YamlValue>
  /** The stages of a trial as they are with the first sample of each parameter. */
  readonly stages: readonly Stage[]
  /** What these are told to do. */
  readonly described: string
}

/** The names of the sections below `tune` in params.yaml that are of stages. */
export function listStageStudies(directory: string): readonly string[] {
  const tune = childOf(readSections(directory), 'tune')
  if (tune?.kind !== 'map') return []
  return tune.entries
    .filter(({ value }) => isStageSection(plainOf(value)))
    .map(({ key }) => String(key.value))
}

/**
 * Reads a study and checks that its stage, its parameters and its metric are there.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` with all that is wrong and its places; `PIPELINE_INVALID`
 */
export function readStageStudy(repository: Repository, name: string): StageStudy {
  const path = ['tune', name]
  const root = readSections(repository.directory)
  const node = childOf(childOf(root, 'tune'), name)
  if (node === undefined) throw new Error(`params.yaml has no section ${path.join('.')}`)
  const at = (place: readonly string[]): string => placeIn(root, place)
  const { section, metric, parameters, problems } = parseStageSection(node, path, at)
  const content = openContent(repository, workspaceName, () => {
    throw new Error('the work tree has no history')
  })
  const world: World = { repository, content, at, path, problems: [...problems] }
  const named = checkStage(name, world)
  const target = metric && checkMetric(metric, named, world)
  const current = checkParameters(parameters, world)
  if (section === undefined || target === undefined || world.problems.length > 0) {
    throw invalid(world.problems)
  }
  const read = checkRead(section.parameters, target, world)
  if (world.problems.length > 0) throw invalid(world.problems)
  return { ...section, ...read, name, target: target.address, current }
}

interface World {
  readonly repository: Repository
  readonly content: Content
  readonly at: (path: readonly string[]) => string
  readonly path: readonly string[]
  /** Grows. */
  readonly problems: string[]
}

function readSections(directory: string): YamlNode | undefined {
  const text = readTextNow(resolve(directory, defaultParameterFile))
  if (text === undefined) return undefined
  const problems = createProblems()
  const node = parseYamlNode(text, defaultParameterFile, problems, { keepsUnusable: true })
  problems.check()
  return node
}

function plainOf(node: YamlNode): unknown {
  if (node.kind !== 'map') return undefined
  return Object.fromEntries(
    node.entries.map(({ key, value }) => [
      String(key.value),
      value.kind === 'scalar' ? toPlain(value.value) : {},
    ]),
  )
}

/** File, line and column of a key, or of the nearest section around it that is there. */
function placeIn(root: YamlNode | undefined, path: readonly string[]): string {
  let place = { line: 1, column: 1 }
  let node = root
  for (const key of path) {
    const entry = entryOf(node, key)
    if (entry === undefined) break
    ;({ place } = entry.key)
    node = entry.value
  }
  return `${defaultParameterFile}:${place.line}:${place.column}`
}

function checkStage(name: string, { content, repository, ...world }: World): readonly Stage[] {
  try {
    return selectStages(content.pipeline, [name], repository)
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    world.problems.push(`${world.at(world.path)}: ${error.message} in dvc.yaml (${error.hint})`)
    return []
  }
}

/** @returns the stage that writes the metric */
function checkMetric(metric: MetricName, named: readonly Stage[], world: World): Stage | undefined {
  const { repository, content, at, path, problems } = world
  const place = at([...path, 'metric'])
  const { stages, upstream } = content.pipeline
  const location = resolve(repository.directory, metric.file)
  const writer = stages.find(({ outputs }) =>
    outputs.some((output) => isSameOrWithin(location, output.location)),
  )
  const files = [...readMetrics(content).keys()]
  const shown = relative(repository.directory, location)
  if (writer === undefined || !files.includes(shown)) {
    const hint =
      files.length === 0 ? `list it below 'metrics'` : nameHint(metric.file, files, 'metric files')
    problems.push(`${place}: dvc.yaml has no metric file '${metric.file}' (${hint})`)
    return undefined
  }
  const needed = orderStages([writer], upstream)
  if (named.length > 0 && !named.some((stage) => needed.includes(stage))) {
    problems.push(
      `${place}: '${metric.file}' is written by '${writer.address}', which does not depend on '${path.at(-1)}' (name a stage of its own metric)`,
    )
  }
  const result = readMetrics(content, [shown]).get(shown)
  // A file that is not there yet will be, after the first trial.
  if (result?.kind !== 'values') return writer
  const found = findMetric(result.values, metric.key)
  if (found === undefined) {
    const hint = nameHint(metric.key, metricNames(result.values), 'numbers in it')
    problems.push(`${place}: '${metric.file}' has no '${metric.key}' (${hint})`)
  } else if (typeof found !== 'number' && typeof found !== 'bigint') {
    problems.push(`${place}: '${metric.text}' is ${describeYamlKind(found)}, expected a number`)
  }
  return writer
}

function checkParameters(
  parameters: readonly SearchedParameter[],
  world: World,
): ReadonlyMap<string, YamlValue> {
  const { repository, at, problems } = world
  const current = new Map<string, YamlValue>()
  for (const parameter of parameters) {
    const value = valueOf(parameter, repository.directory)
    if (typeof value === 'string') problems.push(`${at(parameter.path)}: ${value}`)
    else current.set(parameter.name, value.value)
  }
  return current
}

/** @returns what is wrong, else the value */
function valueOf(
  { file, key, isNumber }: SearchedParameter,
  directory: string,
): string | { readonly value: YamlValue } {
  const text = readTextNow(resolve(directory, file))
  if (text === undefined) return `there is no parameter file '${file}'`
  if (!isEditable(file)) return `'${file}' cannot be edited: name a YAML, JSON or TOML file`
  const values = parseValues(text, file)
  const value = valueAtKey(values, key)
  if (value === undefined) {
    return `'${file}' has no parameter '${key}' (${nameHint(key, namesIn(values), 'parameters')})`
  }
  if (isYamlMap(value)) return `'${key}' of '${file}' is a section, expected a value`
  const isOther = typeof value === 'string' || typeof value === 'boolean' || isYamlList(value)
  if (!isNumber || !isOther) return { value }
  return `'${key}' of '${file}' is ${describeYamlKind(value)} now: give it a choice, not a range of numbers`
}

function parseValues(text: string, file: string): YamlMap {
  const problems = createProblems()
  const values = parseParameterFile(text, file, problems)
  problems.check()
  return values ?? new Map()
}

/** A parameter that changes nothing of what the stages are told to do would be searched in vain. */
function checkRead(
  parameters: readonly SearchedParameter[],
  target: Stage,
  { content, repository, at, problems }: World,
): Pick<StageStudy, 'stages' | 'described'> {
  const { snapshot } = content
  const describe = (changed?: SearchedParameter): Pick<StageStudy, 'stages' | 'described'> => {
    const texts = sampleTexts(parameters, repository.directory, changed)
    const stages = stagesFor(snapshot, target.address, texts)
    return { stages, described: describeStages(stages, snapshot, texts) }
  }
  const first = describe()
  for (const parameter of parameters) {
    if (describe(parameter).described !== first.described) continue
    problems.push(
      `${at(parameter.path)}: no stage that a trial runs depends on '${parameter.name}' (list it below 'params' of the stage)`,
    )
  }
  return first
}

/** The parameter files with the first sample of each parameter, and of one the second. */
function sampleTexts(
  parameters: readonly SearchedParameter[],
  directory: string,
  changed: SearchedParameter | undefined,
): OtherTexts {
  const files = [...new Set(parameters.map(({ file }) => file))]
  return new Map(
    files.map((file) => {
      const location = resolve(directory, file)
      const assignments = parameters
        .filter((parameter) => parameter.file === file)
        .map((parameter) => ({
          file,
          key: parameter.key,
          kind: 'change' as const,
          value: parameter.samples[parameter === changed ? 1 : 0],
        }))
      return [location, applyAssignments(readTextNow(location) ?? '', file, assignments)]
    }),
  )
}

function invalid(problems: readonly string[]): ToolkitError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return new ToolkitError(
    'CONFIG_INVALID',
    `${defaultParameterFile} has ${count}:\n${problems.map((one) => `    ${one}`).join('\n')}`,
    { hint: 'docs/tuning.md shows what a stage is tuned by', details: { problems } },
  )
}
