import { ToolkitError } from '../../core/errors.ts'
import { expandStage, type StageTemplate } from './expand-stages.ts'
import { checkCycles, checkPaths, linkStages, type Upstream } from './graph.ts'
import { parseStage } from './parse-stage.ts'
import { createProblems, type Problems } from '../yaml/problems.ts'
import { readEntries, readMap } from '../yaml/read-node.ts'
import type { Stage } from './stage.ts'
import { readVariables } from './variables.ts'
import { parseYamlNode, type MapNode } from '../yaml/yaml-node.ts'
import type { YamlMap } from '../yaml/yaml-value.ts'

/** The stages of one `dvc.yaml`, in its order, checked and linked. */
export interface Pipeline {
  readonly stages: readonly Stage[]
  readonly upstream: Upstream
}

/** The text of a pipeline and where it lies. */
export interface PipelineText {
  /** The text of `dvc.yaml`. */
  readonly text: string
  /** Absolute folder of `dvc.yaml`. */
  readonly directory: string
  /** Absolute root of the repository; outputs lie below it. */
  readonly root: string
  /** The text of a parameter file, by path relative to the folder; `undefined` when there is none. */
  readonly readText: (path: string) => string | undefined
}

/** Top-level `metrics`, `params`, `plots` and `artifacts` are read by other commands only. */
const topKeys = {
  supported: ['stages', 'vars', 'metrics', 'params', 'plots', 'artifacts'],
  unsupported: ['datasets'],
}

/**
 * Parses `dvc.yaml`: interpolation, `foreach` and `matrix` included. Pure but for `readText`.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID` with every problem and its line; `PIPELINE_CYCLE`
 */
export function parsePipeline(source: PipelineText): Pipeline {
  const problems = createProblems()
  const node = parseYamlNode(source.text, 'dvc.yaml', problems)
  const top = node && readMap(node, 'dvc.yaml', problems)
  const stages = top === undefined ? [] : parseStages(top, source, problems)
  checkPaths(stages, source.root, problems)
  problems.check()
  if (stages.length === 0) throw emptyError()
  const upstream = linkStages(stages)
  checkCycles(stages, upstream)
  return { stages, upstream }
}

function parseStages(top: MapNode, source: PipelineText, problems: Problems): Stage[] {
  const entries = readEntries(top, 'dvc.yaml', topKeys, problems)
  const context = readVariables(entries.get('vars')?.value, { readText: source.readText, problems })
  const stagesNode = entries.get('stages')?.value
  const stages = stagesNode && readMap(stagesNode, `'stages'`, problems)
  return expandStages(stages, context, problems).flatMap(
    (template) => parseStage(template, source.directory, problems) ?? [],
  )
}

function expandStages(
  stages: MapNode | undefined,
  context: YamlMap,
  problems: Problems,
): StageTemplate[] {
  const names = new Set<string>()
  const templates: StageTemplate[] = []
  for (const entry of stages?.entries ?? []) {
    for (const template of expandStage(entry, context, problems)) {
      if (names.has(template.name)) {
        problems.add(entry.key.place, `there are two stages '${template.name}'`, 'rename one')
      }
      names.add(template.name)
      templates.push({ ...template, body: { ...template.body, place: entry.key.place } })
    }
  }
  return templates
}

function emptyError(): ToolkitError {
  return new ToolkitError('PIPELINE_INVALID', 'dvc.yaml has no stages', {
    hint: `add one: 'stages: {<name>: {cmd: …}}'`,
  })
}
