/** One `dvc.yaml` with everything in it interpolated: its stages and what it says beside them. */

import { readEntries } from '../yaml/read-node.ts'
import type { MapNode, YamlNode } from '../yaml/yaml-node.ts'
import type { Place, Problems } from '../yaml/problems.ts'
import type { ParsingSettings } from './format-flags.ts'
import { parseTopLevel, type TopLevel } from './parse-top-level.ts'
import type { Interpolation } from './interpolate.ts'
import { checkSectionShape, checkStageShape, checkStagesShape } from './pipeline-shape.ts'
import { resolveStages, type ResolvedStage } from './resolve-stages.ts'
import { readVariables, type VariableSource } from './variables.ts'

/** What a document is resolved with. */
export interface DocumentSource extends VariableSource {
  readonly parsing?: ParsingSettings | undefined
  /** Takes what is allowed but hardly meant. */
  readonly warn?: ((place: Place, message: string) => void) | undefined
}

/** A document without any `${…}` left in it. */
export interface ResolvedDocument {
  readonly stages: readonly ResolvedStage[]
  readonly topLevel: TopLevel
  /** Names of the `foreach` and `matrix` that go over nothing, and so make no stage. */
  readonly emptyGroups: readonly string[]
}

const topKeys = {
  supported: ['stages', 'vars', 'metrics', 'params', 'plots', 'artifacts', 'datasets'],
}

/** Resolves the document; what is wrong is added to the problems. Pure but for `readText`. */
export function resolveDocument(top: MapNode, source: DocumentSource): ResolvedDocument {
  const { problems, parsing = {}, warn = ignore } = source
  const entries = readEntries(top, source.file, topKeys, problems)
  const vars = entries.get('vars')
  const areVariablesFine = vars === undefined || checkSectionShape(vars, problems)
  const variables = readVariables(areVariablesFine ? vars?.value : undefined, source)
  const stages = entries.get('stages')
  const stagesMap = stages && readStages(stages.value, source)
  if (variables.isIncomplete === true) {
    // Every other name would be told to be missing.
    stagesMap?.entries.forEach((entry) => checkStageShape(entry, problems))
    const topLevel = parseTopLevel({ ...top, entries: [] }, nothing(problems))
    return { stages: [], topLevel, emptyGroups: [] }
  }
  const resolved = stagesMap
    ? resolveStages(stagesMap, { ...source, variables, parsing, warn })
    : []
  return {
    stages: resolved,
    topLevel: parseTopLevel(top, { context: variables.members, problems }),
    emptyGroups: namesWithout(resolved, stagesMap),
  }
}

function namesWithout(resolved: readonly ResolvedStage[], stages: MapNode | undefined): string[] {
  const made = new Set(resolved.map(({ name, group }) => group ?? name))
  const names = stages?.entries.map(({ key }) => String(key.value)) ?? []
  return names.filter((name) => !made.has(name))
}

function nothing(problems: Problems): Interpolation {
  return { context: new Map(), problems }
}

function readStages(node: YamlNode, { problems }: DocumentSource): MapNode | undefined {
  checkStagesShape(node, problems)
  return node.kind === 'map' ? node : undefined
}

function ignore(): void {
  // Warnings are for those who ask for them.
}
