/** The stages of one `dvc.yaml` with everything in them interpolated, as they stand there or in a group. */

import { posix } from 'node:path'
import type { MapEntry, MapNode, YamlNode } from '../yaml/yaml-node.ts'
import { expandStage, type Expansion, type StageTemplate } from './expand-stages.ts'
import type { VariableUses } from './expression.ts'
import { formatScalarText, type ParsingSettings } from './format-flags.ts'
import { interpolateNode, interpolateText } from './interpolate.ts'
import { checkStageShape } from './pipeline-shape.ts'
import { extendVariables, type Variables, type VariableSource } from './variables.ts'

/** One stage without any `${…}` left in it. */
export interface ResolvedStage {
  readonly name: string
  /** For members of a `foreach` or `matrix`, the name before the `@`. */
  readonly group: string | undefined
  /** Its keys as in dvc.yaml, without `vars` and `matrix`; its place is that of its name there. */
  readonly body: MapNode
  /** What it took from files through `${…}`; DVC's `params diff` shows it. */
  readonly uses: VariableUses
}

/** What resolving works with. */
export interface Resolving extends VariableSource {
  readonly variables: Variables
  readonly parsing: ParsingSettings
  readonly warn: Expansion['warn']
}

/** All stages in order; those that have something wrong are left out, with a problem for each. */
export function resolveStages(stages: MapNode, resolving: Resolving): ResolvedStage[] {
  const names = new Set<string>()
  const resolved: ResolvedStage[] = []
  for (const entry of stages.entries) {
    if (!checkStageShape(entry, resolving.problems)) continue
    for (const template of expandStage(entry, resolving)) {
      if (names.has(template.name)) {
        const message = `there are two stages '${template.name}'`
        resolving.problems.add(entry.key.place, message, 'rename one')
      }
      names.add(template.name)
      resolved.push(resolveStage(template, entry.key, resolving))
    }
  }
  return resolved
}

function resolveStage(
  { name, group, body, variables }: StageTemplate,
  { place }: YamlNode,
  resolving: Resolving,
): ResolvedStage {
  const uses: VariableUses = new Map()
  const context = resolveVariables(name, body, variables, resolving).members
  const entries = body.entries.flatMap(({ key, value }): MapEntry[] => {
    if (key.value === 'vars') return []
    const flags = key.value === 'cmd' ? resolving.parsing : undefined
    const { problems } = resolving
    return [{ key, value: interpolateNode(value, { context, problems, uses, flags }) }]
  })
  return { name, group, body: { ...body, entries, place }, uses }
}

/** The `vars` of a stage are read below its `wdir`, which itself cannot name them. */
function resolveVariables(
  name: string,
  body: MapNode,
  variables: Variables,
  resolving: Resolving,
): Variables {
  const nodeOf = (key: string): YamlNode | undefined =>
    body.entries.find((entry) => entry.key.value === key)?.value
  const vars = nodeOf('vars')
  if (vars === undefined) return variables
  const folder = nodeOf('wdir')
  const { problems } = resolving
  const text =
    folder?.kind === 'scalar'
      ? formatScalarText(interpolateText(folder, { context: variables.members, problems }).value)
      : '.'
  return extendVariables(
    variables,
    { vars, folder: posix.normalize(text), name: `${name}.vars` },
    resolving,
  )
}
