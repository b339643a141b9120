/** One `dvc.yaml` with everything in it interpolated: its stages and what it says beside them. */

import { readEntries } from '../yaml/read-node.ts'
import type { MapNode, YamlNode } from '../yaml/yaml-node.ts'
import type { Place } from '../yaml/problems.ts'
import type { ParsingSettings } from './format-flags.ts'
import { parseTopLevel, type TopLevel } from './parse-top-level.ts'
import { checkSectionShape, checkStagesShape } from './pipeline-shape.ts'
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
  return {
    stages: stagesMap ? resolveStages(stagesMap, { ...source, variables, parsing, warn }) : [],
    topLevel: parseTopLevel(top, { context: variables.members, problems }),
  }
}

function readStages(node: YamlNode, { problems }: DocumentSource): MapNode | undefined {
  checkStagesShape(node, problems)
  return node.kind === 'map' ? node : undefined
}

function ignore(): void {
  // Warnings are for those who ask for them.
}
