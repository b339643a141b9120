/** Whether the rules of params.yaml and project.ts go together: each alone cannot say. */

import { ToolkitError } from '../core/errors.ts'
import { nameHint } from '../core/nearest.ts'
import type { Project } from './define-project.ts'
import { listViews } from './feature-views.ts'
import type { PlacedRule } from './monitor-alerts.ts'

interface Problem {
  readonly what: string
  readonly hint: string
}

/** @throws {ToolkitError} `CONFIG_INVALID` naming each rule about what the project does not have, with its place */
export function checkAlerts(alerts: readonly PlacedRule[], project: Project): void {
  const problems = alerts.flatMap(({ trigger, place }) =>
    trigger.kind === 'age' ? findViewProblems(trigger.view, place, project) : [],
  )
  if (problems.length === 0) return
  throw new ToolkitError('CONFIG_INVALID', listTexts(problems.map(({ what }) => what)), {
    hint: listTexts([...new Set(problems.map(({ hint }) => hint))]),
  })
}

function listTexts(texts: readonly string[]): string {
  return texts.slice(0, 20).join('; ')
}

function findViewProblems(view: string, place: string, project: Project): Problem[] {
  const names = listViews(project).map(({ name }) => name)
  if (names.includes(view)) return []
  const hint =
    names.length === 0
      ? 'the project has no feature store: name views in project.ts, or leave the rule out'
      : nameHint(view, names, 'feature views')
  return [{ what: `${place}: the project has no feature view '${view}'`, hint }]
}
